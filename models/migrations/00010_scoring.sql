-- +goose Up

-- Scores are tenths of a point.
CREATE TABLE self_scores (
  case_id   VARCHAR(36) NOT NULL,
  round     INTEGER     NOT NULL,
  indicator VARCHAR(32) NOT NULL,
  score     INTEGER     NOT NULL,
  PRIMARY KEY (case_id, round, indicator)
) ${TABLE};

CREATE TABLE score_drafts (
  case_id    VARCHAR(36)  NOT NULL,
  round      INTEGER      NOT NULL,
  expert_id  VARCHAR(36)  NOT NULL,
  indicator  VARCHAR(32)  NOT NULL,
  score      INTEGER,
  note       VARCHAR(500) NOT NULL,
  updated_at ${TIME}      NOT NULL,
  PRIMARY KEY (case_id, round, expert_id, indicator)
) ${TABLE};

CREATE TABLE scores (
  case_id      VARCHAR(36)  NOT NULL,
  round        INTEGER      NOT NULL,
  expert_id    VARCHAR(36)  NOT NULL,
  indicator    VARCHAR(32)  NOT NULL,
  score        INTEGER      NOT NULL,
  note         VARCHAR(500) NOT NULL,
  submitted_at ${TIME}      NOT NULL,
  PRIMARY KEY (case_id, round, expert_id, indicator)
) ${TABLE};

-- The ledger of 学时, in tenths. receipt is the registry's reference.
CREATE TABLE credits (
  case_id       VARCHAR(36) NOT NULL,
  user_id       VARCHAR(36) NOT NULL,
  year          INTEGER     NOT NULL,
  hours         INTEGER     NOT NULL,
  state         VARCHAR(16) NOT NULL,
  recognized_at ${TIME}     NOT NULL,
  visit         INTEGER     NOT NULL,
  confirmed_by  VARCHAR(36) NOT NULL,
  confirmed_at  ${TIME},
  registered_at ${TIME},
  receipt       VARCHAR(64) NOT NULL,
  PRIMARY KEY (case_id, user_id, year)
) ${TABLE};
CREATE INDEX credits_state ON credits (case_id, state, year);
CREATE INDEX credits_user ON credits (user_id, year);
