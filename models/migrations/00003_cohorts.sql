-- +goose Up

CREATE TABLE cohorts (
  id               VARCHAR(36)  NOT NULL,
  code             VARCHAR(32)  NOT NULL,
  name             VARCHAR(128) NOT NULL,
  programme        VARCHAR(16)  NOT NULL,
  org_id           VARCHAR(36)  NOT NULL,
  path             VARCHAR(255) NOT NULL,
  policy_digest    VARCHAR(64)  NOT NULL,
  calendar_version VARCHAR(64)  NOT NULL,
  window_start     ${TIME}      NOT NULL,
  window_end       ${TIME}      NOT NULL,
  opens_at         ${TIME},
  status           VARCHAR(16)  NOT NULL,
  pace             INTEGER      NOT NULL,
  created_by       VARCHAR(36)  NOT NULL,
  created_at       ${TIME}      NOT NULL,
  updated_by       VARCHAR(36)  NOT NULL,
  updated_at       ${TIME}      NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT cohorts_code UNIQUE (code)
) ${TABLE};
CREATE INDEX cohorts_path ON cohorts (path);

CREATE TABLE cohort_schools (
  cohort_id VARCHAR(36) NOT NULL,
  school_id VARCHAR(36) NOT NULL,
  status    VARCHAR(16) NOT NULL,
  case_id   VARCHAR(36),
  opened_at ${TIME},
  PRIMARY KEY (cohort_id, school_id)
) ${TABLE};
CREATE INDEX cohort_schools_status ON cohort_schools (cohort_id, status);
CREATE INDEX cohort_schools_school ON cohort_schools (school_id);
