-- +goose Up

-- Imports of sheets. run tells the job that goes on from one that was given up; beat_at
-- is its last sign of life. path is the organisation on whose behalf it was started.
CREATE TABLE imports (
  id          VARCHAR(36)   NOT NULL,
  kind        VARCHAR(16)   NOT NULL,
  cohort_id   VARCHAR(36)   NOT NULL,
  path        VARCHAR(255)  NOT NULL,
  file_name   VARCHAR(255)  NOT NULL,
  file_size   INTEGER       NOT NULL,
  file_sha256 VARCHAR(64)   NOT NULL,
  status      VARCHAR(16)   NOT NULL,
  run         VARCHAR(36)   NOT NULL,
  mode        VARCHAR(16)   NOT NULL,
  total       INTEGER       NOT NULL,
  processed   INTEGER       NOT NULL,
  created     INTEGER       NOT NULL,
  changed     INTEGER       NOT NULL,
  same        INTEGER       NOT NULL,
  bad         INTEGER       NOT NULL,
  message     VARCHAR(1000) NOT NULL,
  started_by  VARCHAR(36)   NOT NULL,
  started_at  ${TIME}       NOT NULL,
  applied_by  VARCHAR(36)   NOT NULL,
  applied_at  ${TIME},
  beat_at     ${TIME}       NOT NULL,
  finished_at ${TIME},
  PRIMARY KEY (id)
) ${TABLE};
CREATE INDEX imports_started ON imports (started_at, id);
CREATE INDEX imports_path ON imports (path, started_at, id);

-- The file in parts, sealed: it holds personal data. Removed after some days.
CREATE TABLE import_parts (
  import_id VARCHAR(36) NOT NULL,
  n         INTEGER     NOT NULL,
  body      ${TEXT}     NOT NULL,
  PRIMARY KEY (import_id, n)
) ${TABLE};

CREATE TABLE import_errors (
  import_id VARCHAR(36)   NOT NULL,
  row_no    INTEGER       NOT NULL,
  reason    VARCHAR(1000) NOT NULL,
  PRIMARY KEY (import_id, row_no)
) ${TABLE};

-- One-time passwords of new accounts, sealed, until they have been handed over.
CREATE TABLE import_passwords (
  id        VARCHAR(36) NOT NULL,
  import_id VARCHAR(36) NOT NULL,
  body      ${TEXT}     NOT NULL,
  PRIMARY KEY (id)
) ${TABLE};
CREATE INDEX import_passwords_import ON import_passwords (import_id, id);

-- What a school asks to change on a frozen roster, and the reviewer's answer. open_slot is
-- the teacher while it waits and its own id afterwards: one teacher, one open request.
CREATE TABLE roster_requests (
  id          VARCHAR(36)  NOT NULL,
  case_id     VARCHAR(36)  NOT NULL,
  user_id     VARCHAR(36)  NOT NULL,
  name        VARCHAR(64)  NOT NULL,
  subject     VARCHAR(64)  NOT NULL,
  full_time   BOOLEAN      NOT NULL,
  old_status  VARCHAR(16)  NOT NULL,
  new_status  VARCHAR(16)  NOT NULL,
  reason      VARCHAR(500) NOT NULL,
  status      VARCHAR(16)  NOT NULL,
  open_slot   VARCHAR(36)  NOT NULL,
  asked_by    VARCHAR(36)  NOT NULL,
  asked_at    ${TIME}      NOT NULL,
  answered_by VARCHAR(36)  NOT NULL,
  answered_at ${TIME},
  comment     VARCHAR(500) NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT roster_requests_open UNIQUE (case_id, open_slot)
) ${TABLE};
CREATE INDEX roster_requests_case ON roster_requests (case_id, asked_at, id);
CREATE INDEX roster_requests_status ON roster_requests (status, asked_at, id);
