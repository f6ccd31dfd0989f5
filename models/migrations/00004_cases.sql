-- +goose Up

-- The projection of one case. state is byte for byte what the workflow carries; the
-- other columns repeat what lists filter and sort by. sort_at is due_at, or the year
-- 9999 when nothing is due.
CREATE TABLE cases (
  id               VARCHAR(36)  NOT NULL,
  cohort_id        VARCHAR(36)  NOT NULL,
  school_id        VARCHAR(36)  NOT NULL,
  school_name      VARCHAR(128) NOT NULL,
  district_id      VARCHAR(36)  NOT NULL,
  direct           BOOLEAN      NOT NULL,
  path             VARCHAR(255) NOT NULL,
  workflow_id      VARCHAR(255) NOT NULL,
  programme        VARCHAR(16)  NOT NULL,
  policy_digest    VARCHAR(64)  NOT NULL,
  stage            VARCHAR(16)  NOT NULL,
  seq              INTEGER      NOT NULL,
  round            INTEGER      NOT NULL,
  result           VARCHAR(16)  NOT NULL,
  verdict          VARCHAR(16)  NOT NULL,
  state            ${TEXT}      NOT NULL,
  head_hash        VARCHAR(64)  NOT NULL,
  waiting_task     VARCHAR(32)  NOT NULL,
  waiting_role     VARCHAR(16)  NOT NULL,
  waiting_org_id   VARCHAR(36)  NOT NULL,
  waiting_user_id  VARCHAR(36)  NOT NULL,
  waiting_since    ${TIME},
  due_at           ${TIME},
  sort_at          ${TIME}      NOT NULL,
  overdue          BOOLEAN      NOT NULL,
  returned         BOOLEAN      NOT NULL,
  filing_no        VARCHAR(80)  NOT NULL,
  full_time        INTEGER      NOT NULL,
  roster_frozen_at ${TIME},
  opened_at        ${TIME}      NOT NULL,
  updated_at       ${TIME}      NOT NULL,
  closed_at        ${TIME},
  PRIMARY KEY (id),
  CONSTRAINT cases_school UNIQUE (cohort_id, school_id),
  CONSTRAINT cases_workflow UNIQUE (workflow_id)
) ${TABLE};
CREATE INDEX cases_path ON cases (path);
CREATE INDEX cases_sort ON cases (sort_at, id);
CREATE INDEX cases_stage ON cases (cohort_id, stage, district_id);
CREATE INDEX cases_cohort_sort ON cases (cohort_id, sort_at, id);
CREATE INDEX cases_district ON cases (district_id, sort_at, id);
CREATE INDEX cases_waiting ON cases (waiting_role, sort_at, id);
CREATE INDEX cases_overdue ON cases (overdue, sort_at, id);
CREATE INDEX cases_updated ON cases (updated_at, id);
CREATE INDEX cases_school_id ON cases (school_id);

-- One row per accepted action, chained by hash.
CREATE TABLE events (
  case_id      VARCHAR(36) NOT NULL,
  seq          INTEGER     NOT NULL,
  action_id    VARCHAR(64) NOT NULL,
  kind         VARCHAR(32) NOT NULL,
  actor_id     VARCHAR(36) NOT NULL,
  actor_role   VARCHAR(16) NOT NULL,
  actor_org    VARCHAR(36) NOT NULL,
  at           ${TIME}     NOT NULL,
  body         ${TEXT}     NOT NULL,
  patch        ${TEXT}     NOT NULL,
  prev_hash    VARCHAR(64) NOT NULL,
  hash         VARCHAR(64) NOT NULL,
  stage_before VARCHAR(16) NOT NULL,
  stage_after  VARCHAR(16) NOT NULL,
  round        INTEGER     NOT NULL,
  PRIMARY KEY (case_id, seq),
  CONSTRAINT events_action UNIQUE (action_id)
) ${TABLE};
CREATE INDEX events_actor ON events (actor_id, at);

-- Intake and outcome of every action, refused ones too.
CREATE TABLE actions (
  id          VARCHAR(64)  NOT NULL,
  case_id     VARCHAR(36)  NOT NULL,
  actor_id    VARCHAR(36)  NOT NULL,
  kind        VARCHAR(32)  NOT NULL,
  body_sha256 VARCHAR(64)  NOT NULL,
  status      VARCHAR(16)  NOT NULL,
  seq         INTEGER      NOT NULL,
  code        VARCHAR(64)  NOT NULL,
  message     VARCHAR(1000) NOT NULL,
  field       VARCHAR(128) NOT NULL,
  outcome     ${TEXT}      NOT NULL,
  received_at ${TIME}      NOT NULL,
  decided_at  ${TIME},
  PRIMARY KEY (id)
) ${TABLE};
CREATE INDEX actions_case ON actions (case_id, status, received_at);
CREATE INDEX actions_actor ON actions (actor_id, received_at);

-- What somebody has to do. user_id is empty when anyone with the role may do it.
CREATE TABLE tasks (
  case_id   VARCHAR(36)  NOT NULL,
  visit     INTEGER      NOT NULL,
  task      VARCHAR(32)  NOT NULL,
  role      VARCHAR(16)  NOT NULL,
  org_id    VARCHAR(36)  NOT NULL,
  user_id   VARCHAR(36)  NOT NULL,
  path      VARCHAR(255) NOT NULL,
  since     ${TIME}      NOT NULL,
  due_at    ${TIME},
  overdue   BOOLEAN      NOT NULL,
  reminded  INTEGER      NOT NULL,
  status    VARCHAR(16)  NOT NULL,
  done_by   VARCHAR(36)  NOT NULL,
  done_at   ${TIME},
  done_kind VARCHAR(32)  NOT NULL,
  PRIMARY KEY (case_id, visit)
) ${TABLE};
CREATE INDEX tasks_inbox ON tasks (role, org_id, status, since);
CREATE INDEX tasks_person ON tasks (user_id, status, since);
CREATE INDEX tasks_done ON tasks (done_by, done_at);
CREATE INDEX tasks_path ON tasks (path, status);
