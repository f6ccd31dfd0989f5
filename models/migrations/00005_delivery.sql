-- +goose Up

-- Work decided together with an event and done afterwards. subject tells apart several
-- rows of one kind from one event.
CREATE TABLE outbox (
  id            VARCHAR(36)  NOT NULL,
  case_id       VARCHAR(36)  NOT NULL,
  seq           INTEGER      NOT NULL,
  kind          VARCHAR(32)  NOT NULL,
  subject       VARCHAR(128) NOT NULL,
  payload       ${TEXT}      NOT NULL,
  created_at    ${TIME}      NOT NULL,
  not_before    ${TIME}      NOT NULL,
  attempts      INTEGER      NOT NULL,
  claim         VARCHAR(36)  NOT NULL,
  claimed_until ${TIME},
  done_at       ${TIME},
  last_error    VARCHAR(1000) NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT outbox_once UNIQUE (case_id, seq, kind, subject)
) ${TABLE};
CREATE INDEX outbox_ready ON outbox (done_at, not_before, id);
CREATE INDEX outbox_claim ON outbox (claim);

-- One row per recipient; source makes delivery idempotent.
CREATE TABLE notices (
  id         VARCHAR(36)   NOT NULL,
  user_id    VARCHAR(36)   NOT NULL,
  source     VARCHAR(128)  NOT NULL,
  case_id    VARCHAR(36)   NOT NULL,
  kind       VARCHAR(32)   NOT NULL,
  title      VARCHAR(255)  NOT NULL,
  body       VARCHAR(2000) NOT NULL,
  created_at ${TIME}       NOT NULL,
  read_at    ${TIME},
  PRIMARY KEY (id),
  CONSTRAINT notices_once UNIQUE (user_id, source)
) ${TABLE};
CREATE INDEX notices_inbox ON notices (user_id, created_at, id);
CREATE INDEX notices_unread ON notices (user_id, read_at);

CREATE TABLE alarms (
  id          VARCHAR(64)   NOT NULL,
  kind        VARCHAR(32)   NOT NULL,
  case_id     VARCHAR(36)   NOT NULL,
  workflow_id VARCHAR(255)  NOT NULL,
  run_id      VARCHAR(36)   NOT NULL,
  detail      VARCHAR(2000) NOT NULL,
  raw         ${BLOB},
  created_at  ${TIME}       NOT NULL,
  cleared_at  ${TIME},
  PRIMARY KEY (id)
) ${TABLE};
CREATE INDEX alarms_open ON alarms (cleared_at, created_at);
CREATE INDEX alarms_case ON alarms (case_id, created_at);
