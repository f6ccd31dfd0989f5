-- +goose Up

-- Who of an office has taken a task, how often it was urged, and whether its case rests.
ALTER TABLE tasks ADD COLUMN claimed_by VARCHAR(36) NOT NULL DEFAULT '';
ALTER TABLE tasks ADD COLUMN urged INTEGER NOT NULL DEFAULT 0;
CREATE INDEX tasks_claimed ON tasks (claimed_by, status);
ALTER TABLE cases ADD COLUMN paused BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX cases_paused ON cases (paused, sort_at, id);

-- For whom somebody acted who stood in for them.
ALTER TABLE events ADD COLUMN on_behalf VARCHAR(36) NOT NULL DEFAULT '';

-- Until when one teacher may make up for what is missing after the study window.
ALTER TABLE roster ADD COLUMN window_until ${TIME};

-- One role of one person that somebody else holds for a time.
CREATE TABLE delegations (
  id         VARCHAR(36)  NOT NULL,
  from_user  VARCHAR(36)  NOT NULL,
  to_user    VARCHAR(36)  NOT NULL,
  role       VARCHAR(16)  NOT NULL,
  org_id     VARCHAR(36)  NOT NULL,
  starts_at  ${TIME}      NOT NULL,
  ends_at    ${TIME}      NOT NULL,
  reason     VARCHAR(500) NOT NULL,
  created_at ${TIME}      NOT NULL,
  ended_at   ${TIME},
  PRIMARY KEY (id)
) ${TABLE};
CREATE INDEX delegations_to ON delegations (to_user, ends_at);
CREATE INDEX delegations_from ON delegations (from_user, ends_at);
CREATE INDEX delegations_seat ON delegations (org_id, role, ends_at);

-- 抄送, one row per recipient of event seq.
CREATE TABLE copies (
  id         VARCHAR(36)   NOT NULL,
  case_id    VARCHAR(36)   NOT NULL,
  seq        INTEGER       NOT NULL,
  user_id    VARCHAR(36)   NOT NULL,
  sent_by    VARCHAR(36)   NOT NULL,
  words      VARCHAR(2000) NOT NULL,
  sent_at    ${TIME}       NOT NULL,
  read_at    ${TIME},
  PRIMARY KEY (id),
  CONSTRAINT copies_once UNIQUE (case_id, seq, user_id)
) ${TABLE};
CREATE INDEX copies_inbox ON copies (user_id, sent_at, id);
CREATE INDEX copies_unread ON copies (user_id, read_at);

-- 催办, one row each. day is calendar.DayNumber.
CREATE TABLE urges (
  case_id VARCHAR(36)   NOT NULL,
  seq     INTEGER       NOT NULL,
  visit   INTEGER       NOT NULL,
  by_user VARCHAR(36)   NOT NULL,
  day     INTEGER       NOT NULL,
  words   VARCHAR(2000) NOT NULL,
  at      ${TIME}       NOT NULL,
  PRIMARY KEY (case_id, seq)
) ${TABLE};
CREATE INDEX urges_day ON urges (case_id, by_user, day);
