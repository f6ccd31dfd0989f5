-- +goose Up

-- A cohort's 考核方案 keeps the policy that each version made and the one it replaced;
-- layers_at is the time whose overlays of the organisations a cohort is built on.
ALTER TABLE overlays ADD COLUMN digest VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE overlays ADD COLUMN replaced VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE cohorts ADD COLUMN layers_at ${TIME};
ALTER TABLE calendars ADD COLUMN reason VARCHAR(500) NOT NULL DEFAULT '';

-- One message to many cases of a cohort: what was asked for, by whom and why.
CREATE TABLE case_runs (
  id         VARCHAR(64)  NOT NULL,
  cohort_id  VARCHAR(36)  NOT NULL,
  kind       VARCHAR(32)  NOT NULL,
  source     VARCHAR(64)  NOT NULL,
  target     VARCHAR(64)  NOT NULL,
  reason     VARCHAR(500) NOT NULL,
  cases      INTEGER      NOT NULL,
  sha256     VARCHAR(64)  NOT NULL,
  created_by VARCHAR(36)  NOT NULL,
  created_at ${TIME}      NOT NULL,
  PRIMARY KEY (id)
) ${TABLE};
CREATE INDEX case_runs_cohort ON case_runs (cohort_id, created_at, id);

-- What became of each is the row of actions with that id.
CREATE TABLE case_run_items (
  run_id    VARCHAR(64) NOT NULL,
  no        INTEGER     NOT NULL,
  case_id   VARCHAR(36) NOT NULL,
  action_id VARCHAR(64) NOT NULL,
  PRIMARY KEY (run_id, no)
) ${TABLE};
CREATE INDEX case_run_items_action ON case_run_items (action_id);
CREATE INDEX cases_policy ON cases (cohort_id, policy_digest, id);
