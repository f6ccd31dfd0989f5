-- +goose Up

-- When the present stage of a case was to begin and to end by the plan that its policy's
-- deadlines make. plan_at is plan_end, or the year 9999 when there is no plan.
ALTER TABLE cases ADD COLUMN plan_start ${TIME};
ALTER TABLE cases ADD COLUMN plan_end ${TIME};
ALTER TABLE cases ADD COLUMN plan_at ${TIME} NOT NULL DEFAULT ${FAR_END};
CREATE INDEX cases_plan ON cases (plan_at, id);

-- Everything that the summaries of districts and cities count by.
CREATE INDEX cases_summary ON cases (path, cohort_id, district_id, stage, overdue, returned, result, wait_at, plan_at, id);

-- How long offices took is read from here alone.
CREATE INDEX tasks_finished ON tasks (done_at, path, role, done_kind, org_id, done_by, since, case_id);

-- Named filters of the 督办台账. org_id is the office that the owner shares a view with, or
-- empty; filters and columns are JSON.
CREATE TABLE board_views (
  id         VARCHAR(36)   NOT NULL,
  owner_id   VARCHAR(36)   NOT NULL,
  org_id     VARCHAR(36)   NOT NULL,
  name       VARCHAR(40)   NOT NULL,
  filters    VARCHAR(4000) NOT NULL,
  sort       VARCHAR(32)   NOT NULL,
  columns    VARCHAR(2000) NOT NULL,
  created_at ${TIME}       NOT NULL,
  updated_at ${TIME}       NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT board_views_name UNIQUE (owner_id, name)
) ${TABLE};
CREATE INDEX board_views_org ON board_views (org_id, name);

-- What a user has chosen. Without a row everything is as usual: no view of one's own
-- opens first, and the weekly digest comes.
CREATE TABLE user_settings (
  user_id    VARCHAR(36) NOT NULL,
  view_id    VARCHAR(36) NOT NULL,
  no_digest  BOOLEAN     NOT NULL,
  updated_at ${TIME}     NOT NULL,
  PRIMARY KEY (user_id)
) ${TABLE};

-- What an office was told of one week; monday is the first day after it, numbered from
-- 1970-01-01 in China. body is JSON.
CREATE TABLE digests (
  id         VARCHAR(36) NOT NULL,
  org_id     VARCHAR(36) NOT NULL,
  monday     INTEGER     NOT NULL,
  body       ${TEXT}     NOT NULL,
  created_at ${TIME}     NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT digests_once UNIQUE (org_id, monday)
) ${TABLE};

-- The page of the app that a notice leads to, when it is not a case.
ALTER TABLE notices ADD COLUMN link VARCHAR(255) NOT NULL DEFAULT '';
