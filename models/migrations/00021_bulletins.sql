-- +goose Up

-- Why a school of a cohort rests (缓期, 免考), and who decided the last of its changes.
ALTER TABLE cohort_schools ADD COLUMN until ${TIME};
ALTER TABLE cohort_schools ADD COLUMN reason VARCHAR(500) NOT NULL DEFAULT '';
ALTER TABLE cohort_schools ADD COLUMN decided_by VARCHAR(36) NOT NULL DEFAULT '';
ALTER TABLE cohort_schools ADD COLUMN decided_at ${TIME};
-- The cohort whose second round this is, or empty.
ALTER TABLE cohorts ADD COLUMN previous_id VARCHAR(36) NOT NULL DEFAULT '';
CREATE INDEX cohorts_previous ON cohorts (previous_id);

-- A notice of an office (下发通知). path is that of the office; reminded_day numbers the
-- day of the last reminder from 1970-01-01 in China.
CREATE TABLE bulletins (
  id           VARCHAR(64)  NOT NULL,
  org_id       VARCHAR(36)  NOT NULL,
  path         VARCHAR(255) NOT NULL,
  author_id    VARCHAR(36)  NOT NULL,
  title        VARCHAR(128) NOT NULL,
  body         ${TEXT}      NOT NULL,
  receipt      BOOLEAN      NOT NULL,
  receipt_by   ${TIME},
  recipients   INTEGER      NOT NULL,
  reminded_day INTEGER      NOT NULL,
  sha256       VARCHAR(64)  NOT NULL,
  sent_at      ${TIME}      NOT NULL,
  PRIMARY KEY (id)
) ${TABLE};
CREATE INDEX bulletins_path ON bulletins (path, sent_at, id);
CREATE INDEX bulletins_sent ON bulletins (sent_at, id);

-- Whom a bulletin went to, in which seat; state is unread, read or confirmed.
CREATE TABLE bulletin_recipients (
  bulletin_id  VARCHAR(64)  NOT NULL,
  user_id      VARCHAR(36)  NOT NULL,
  org_id       VARCHAR(36)  NOT NULL,
  path         VARCHAR(255) NOT NULL,
  role         VARCHAR(16)  NOT NULL,
  state        VARCHAR(16)  NOT NULL,
  read_at      ${TIME},
  confirmed_at ${TIME},
  reply        VARCHAR(500) NOT NULL,
  PRIMARY KEY (bulletin_id, user_id)
) ${TABLE};
CREATE INDEX bulletin_recipients_state ON bulletin_recipients (bulletin_id, state, user_id);
CREATE INDEX bulletin_recipients_path ON bulletin_recipients (bulletin_id, path, user_id);
