-- +goose Up

-- How an organisation and all below it register hours with the registry of continuing
-- education (学时登记). settings is JSON; secret is sealed; after_receipt is where the next
-- receipts begin; poll_at is when to ask for them.
CREATE TABLE registries (
  org_id        VARCHAR(36)  NOT NULL,
  path          VARCHAR(255) NOT NULL,
  mode          VARCHAR(8)   NOT NULL,
  settings      ${TEXT}      NOT NULL,
  secret        ${TEXT}      NOT NULL,
  after_receipt VARCHAR(200) NOT NULL,
  poll_at       ${TIME}      NOT NULL,
  trouble       VARCHAR(500) NOT NULL,
  updated_by    VARCHAR(36)  NOT NULL,
  updated_at    ${TIME}      NOT NULL,
  PRIMARY KEY (org_id)
) ${TABLE};
CREATE INDEX registries_poll ON registries (mode, poll_at);

-- What was handed in together. path is the office's; after_no is how far the present round
-- of sending is; due_at is when a worker may go on.
CREATE TABLE registry_batches (
  id           VARCHAR(36)  NOT NULL,
  org_id       VARCHAR(36)  NOT NULL,
  path         VARCHAR(255) NOT NULL,
  mode         VARCHAR(8)   NOT NULL,
  state        VARCHAR(16)  NOT NULL,
  records      INTEGER      NOT NULL,
  after_no     VARCHAR(64)  NOT NULL,
  attempts     INTEGER      NOT NULL,
  due_at       ${TIME}      NOT NULL,
  trouble      VARCHAR(500) NOT NULL,
  sha256       VARCHAR(64)  NOT NULL,
  created_by   VARCHAR(36)  NOT NULL,
  created_at   ${TIME}      NOT NULL,
  sent_at      ${TIME},
  concluded_at ${TIME},
  PRIMARY KEY (id)
) ${TABLE};
CREATE INDEX registry_batches_created ON registry_batches (created_at, id);
CREATE INDEX registry_batches_due ON registry_batches (mode, state, due_at);

-- One line for the registry: a teacher's year in a case, and which time (rev). What its
-- journal comes to is in state, sends, receipt and reason. holds says that no other record
-- may be sent for the same year: it is on its way, or booked and not taken back.
CREATE TABLE registry_records (
  no           VARCHAR(64)  NOT NULL,
  case_id      VARCHAR(36)  NOT NULL,
  user_id      VARCHAR(36)  NOT NULL,
  year         INTEGER      NOT NULL,
  rev          INTEGER      NOT NULL,
  hours        INTEGER      NOT NULL,
  reverses     VARCHAR(64)  NOT NULL,
  org_id       VARCHAR(36)  NOT NULL,
  batch_id     VARCHAR(36)  NOT NULL,
  path         VARCHAR(255) NOT NULL,
  state        VARCHAR(16)  NOT NULL,
  holds        BOOLEAN      NOT NULL,
  sends        INTEGER      NOT NULL,
  receipt      VARCHAR(64)  NOT NULL,
  reason       VARCHAR(500) NOT NULL,
  created_at   ${TIME}      NOT NULL,
  sent_at      ${TIME},
  concluded_at ${TIME},
  PRIMARY KEY (no),
  CONSTRAINT registry_records_key UNIQUE (case_id, user_id, year, rev)
) ${TABLE};
CREATE INDEX registry_records_user ON registry_records (user_id, year);
CREATE INDEX registry_records_batch ON registry_records (batch_id, no);
CREATE INDEX registry_records_path ON registry_records (path, no);
CREATE INDEX registry_records_state ON registry_records (state, path, no);

-- What happened to a record; only ever added to. digest tells answers apart, NULL for what
-- people do.
CREATE TABLE registry_journal (
  id       VARCHAR(36)  NOT NULL,
  no       VARCHAR(64)  NOT NULL,
  kind     VARCHAR(16)  NOT NULL,
  batch_id VARCHAR(36)  NOT NULL,
  hours    INTEGER      NOT NULL,
  receipt  VARCHAR(64)  NOT NULL,
  reason   VARCHAR(500) NOT NULL,
  outcome  VARCHAR(16)  NOT NULL,
  digest   VARCHAR(64),
  by_user  VARCHAR(36)  NOT NULL,
  at       ${TIME}      NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT registry_journal_once UNIQUE (no, digest)
) ${TABLE};
CREATE INDEX registry_journal_no ON registry_journal (no, id);

-- Answers that fit no record that was sent.
CREATE TABLE registry_strays (
  id      VARCHAR(64)  NOT NULL,
  org_id  VARCHAR(36)  NOT NULL,
  path    VARCHAR(255) NOT NULL,
  no      VARCHAR(64)  NOT NULL,
  kind    VARCHAR(16)  NOT NULL,
  hours   INTEGER      NOT NULL,
  receipt VARCHAR(64)  NOT NULL,
  reason  VARCHAR(500) NOT NULL,
  problem VARCHAR(500) NOT NULL,
  at      ${TIME}      NOT NULL,
  PRIMARY KEY (id)
) ${TABLE};
CREATE INDEX registry_strays_at ON registry_strays (at, id);

-- Requests to take a booked record back (冲正), decided by a second person. hours is what the
-- teacher's year comes to afterwards; of an approved request it replaces the ledger's.
CREATE TABLE registry_reversals (
  id         VARCHAR(36)  NOT NULL,
  no         VARCHAR(64)  NOT NULL,
  case_id    VARCHAR(36)  NOT NULL,
  user_id    VARCHAR(36)  NOT NULL,
  year       INTEGER      NOT NULL,
  path       VARCHAR(255) NOT NULL,
  hours      INTEGER      NOT NULL,
  reason     VARCHAR(500) NOT NULL,
  state      VARCHAR(16)  NOT NULL,
  asked_by   VARCHAR(36)  NOT NULL,
  asked_at   ${TIME}      NOT NULL,
  decided_by VARCHAR(36)  NOT NULL,
  decided_at ${TIME},
  note       VARCHAR(500) NOT NULL,
  PRIMARY KEY (id)
) ${TABLE};
CREATE INDEX registry_reversals_key ON registry_reversals (case_id, user_id, year, state);
CREATE INDEX registry_reversals_asked ON registry_reversals (asked_at, id);
CREATE INDEX registry_reversals_no ON registry_reversals (no, state);
