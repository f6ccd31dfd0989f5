-- +goose Up

-- The event log across cases.
CREATE INDEX events_at ON events (at, case_id, seq);
CREATE INDEX events_kind ON events (kind, at, case_id, seq);
CREATE INDEX events_stage ON events (stage_before, at, case_id, seq);

-- The orders in which administrators read their lists.
CREATE INDEX users_name ON users (name, id);
CREATE INDEX users_created ON users (created_at, id);
CREATE INDEX users_disabled ON users (disabled, login);
CREATE INDEX grants_role ON grants (role, user_id);
CREATE INDEX orgs_name ON orgs (name, id);
CREATE INDEX cohorts_created ON cohorts (created_at, id);

-- Who dealt with an alarm, and how.
ALTER TABLE alarms ADD COLUMN cleared_by VARCHAR(36) NOT NULL DEFAULT '';
ALTER TABLE alarms ADD COLUMN cleared_note VARCHAR(500) NOT NULL DEFAULT '';
CREATE INDEX alarms_created ON alarms (created_at, id);
CREATE INDEX alarms_kind ON alarms (kind, created_at, id);

-- Runs that compare SQL with the engine. slot is 'running' while a run goes on and its id
-- afterwards, so there is one at a time; beat_at tells a run that goes on from one that died.
CREATE TABLE reconcile_runs (
  id          VARCHAR(36)   NOT NULL,
  slot        VARCHAR(36)   NOT NULL,
  repair      BOOLEAN       NOT NULL,
  started_by  VARCHAR(36)   NOT NULL,
  started_at  ${TIME}       NOT NULL,
  beat_at     ${TIME}       NOT NULL,
  finished_at ${TIME},
  status      VARCHAR(16)   NOT NULL,
  checked     INTEGER       NOT NULL,
  total       INTEGER       NOT NULL,
  workflows   INTEGER       NOT NULL,
  found       INTEGER       NOT NULL,
  repaired    INTEGER       NOT NULL,
  message     VARCHAR(1000) NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT reconcile_runs_slot UNIQUE (slot)
) ${TABLE};
CREATE INDEX reconcile_runs_started ON reconcile_runs (started_at, id);

CREATE TABLE reconcile_findings (
  run_id      VARCHAR(36)   NOT NULL,
  n           INTEGER       NOT NULL,
  kind        VARCHAR(32)   NOT NULL,
  case_id     VARCHAR(36)   NOT NULL,
  workflow_id VARCHAR(255)  NOT NULL,
  detail      VARCHAR(2000) NOT NULL,
  repaired    BOOLEAN       NOT NULL,
  PRIMARY KEY (run_id, n)
) ${TABLE};
