-- +goose Up

-- Where an office has what happens below it told: a mail server for its people, group bots,
-- webhooks. Addresses and secrets are sealed; topics are separated by blanks, none is all.
CREATE TABLE channels (
  id            VARCHAR(36)   NOT NULL,
  org_id        VARCHAR(36)   NOT NULL,
  path          VARCHAR(255)  NOT NULL,
  kind          VARCHAR(16)   NOT NULL,
  name          VARCHAR(64)   NOT NULL,
  url_enc       VARCHAR(3000) NOT NULL,
  url_mask      VARCHAR(255)  NOT NULL,
  server        VARCHAR(1500) NOT NULL,
  secret_enc    VARCHAR(1000) NOT NULL,
  former_enc    VARCHAR(1000) NOT NULL,
  topics        VARCHAR(255)  NOT NULL,
  per_minute    INTEGER       NOT NULL,
  quiet_from    INTEGER       NOT NULL,
  quiet_to      INTEGER       NOT NULL,
  working_days  BOOLEAN       NOT NULL,
  urgent        BOOLEAN       NOT NULL,
  disabled      BOOLEAN       NOT NULL,
  created_by    VARCHAR(36)   NOT NULL,
  created_at    ${TIME}       NOT NULL,
  updated_by    VARCHAR(36)   NOT NULL,
  updated_at    ${TIME}       NOT NULL,
  PRIMARY KEY (id)
) ${TABLE};
CREATE INDEX channels_path ON channels (path, id);
CREATE INDEX channels_name ON channels (name, id);

-- How a channel does: failures in a row, until when it is left alone, and when its next
-- message may go out.
CREATE TABLE channel_health (
  channel_id VARCHAR(36)   NOT NULL,
  failures   INTEGER       NOT NULL,
  since      ${TIME},
  open_until ${TIME},
  slot_at    ${TIME}       NOT NULL,
  sent_at    ${TIME},
  last_code  VARCHAR(32)   NOT NULL,
  last_text  VARCHAR(200)  NOT NULL,
  PRIMARY KEY (channel_id)
) ${TABLE};

-- One message for one channel: user_id is who gets a mail, empty for a group. next_at is
-- when it is to be taken up (again), NULL once it is sent or dead; batch joins the messages
-- of a day that go out as one.
CREATE TABLE deliveries (
  id         VARCHAR(36)   NOT NULL,
  channel_id VARCHAR(36)   NOT NULL,
  path       VARCHAR(255)  NOT NULL,
  user_id    VARCHAR(36)   NOT NULL,
  source     VARCHAR(128)  NOT NULL,
  kind       VARCHAR(32)   NOT NULL,
  case_id    VARCHAR(36)   NOT NULL,
  school     VARCHAR(128)  NOT NULL,
  title      VARCHAR(255)  NOT NULL,
  body       VARCHAR(2000) NOT NULL,
  link       VARCHAR(255)  NOT NULL,
  daily      BOOLEAN       NOT NULL,
  batch      VARCHAR(36)   NOT NULL,
  state      VARCHAR(16)   NOT NULL,
  attempts   INTEGER       NOT NULL,
  next_at    ${TIME},
  claim      VARCHAR(36)   NOT NULL,
  code       VARCHAR(32)   NOT NULL,
  detail     VARCHAR(200)  NOT NULL,
  receipt    VARCHAR(200)  NOT NULL,
  created_at ${TIME}       NOT NULL,
  queued_at  ${TIME}       NOT NULL,
  ended_at   ${TIME},
  PRIMARY KEY (id),
  CONSTRAINT deliveries_once UNIQUE (channel_id, user_id, source)
) ${TABLE};
CREATE INDEX deliveries_due ON deliveries (channel_id, next_at, id);
CREATE INDEX deliveries_claim ON deliveries (claim);
CREATE INDEX deliveries_batch ON deliveries (batch);
CREATE INDEX deliveries_created ON deliveries (created_at, id);
CREATE INDEX deliveries_path ON deliveries (path, created_at, id);
CREATE INDEX deliveries_state ON deliveries (state, created_at, id);
CREATE INDEX deliveries_waiting ON deliveries (next_at);
CREATE INDEX deliveries_channel ON deliveries (channel_id, state, created_at, id);
CREATE INDEX deliveries_ended ON deliveries (state, ended_at);
