-- +goose Up

-- When the account's personal data were erased; what is left is a pseudonym.
ALTER TABLE users ADD COLUMN erased_at ${TIME};

-- How long a class of data is kept where that differs from the usual, in months.
CREATE TABLE retention_rules (
  class      VARCHAR(16)  NOT NULL,
  months     INTEGER      NOT NULL,
  reason     VARCHAR(500) NOT NULL,
  updated_by VARCHAR(36)  NOT NULL,
  updated_at ${TIME}      NOT NULL,
  PRIMARY KEY (class)
) ${TABLE};

-- Erasure that one person proposes and another approves. classes are joined by commas.
-- due_at is when a worker takes it up, NULL when it is for people to decide; listed is how
-- far the list has got. open_slot keeps a month from being proposed twice, and a person.
CREATE TABLE erasure_runs (
  id          VARCHAR(36)  NOT NULL,
  org_id      VARCHAR(36)  NOT NULL,
  path        VARCHAR(255) NOT NULL,
  kind        VARCHAR(16)  NOT NULL,
  classes     VARCHAR(255) NOT NULL,
  subject_id  VARCHAR(36)  NOT NULL,
  request_id  VARCHAR(36)  NOT NULL,
  open_slot   VARCHAR(64)  NOT NULL,
  status      VARCHAR(16)  NOT NULL,
  reason      VARCHAR(500) NOT NULL,
  due_at      ${TIME},
  listed      VARCHAR(160) NOT NULL,
  items       INTEGER      NOT NULL,
  sha256      VARCHAR(64)  NOT NULL,
  prepared_by VARCHAR(36)  NOT NULL,
  prepared_at ${TIME}      NOT NULL,
  proposed_by VARCHAR(36)  NOT NULL,
  proposed_at ${TIME},
  decided_by  VARCHAR(36)  NOT NULL,
  decided_at  ${TIME},
  comment     VARCHAR(500) NOT NULL,
  finished_at ${TIME},
  certificate ${TEXT}      NOT NULL,
  key_id      VARCHAR(32)  NOT NULL,
  signature   VARCHAR(128) NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT erasure_runs_open UNIQUE (open_slot)
) ${TABLE};
CREATE INDEX erasure_runs_prepared ON erasure_runs (prepared_at, id);
CREATE INDEX erasure_runs_status ON erasure_runs (status, prepared_at, id);
CREATE INDEX erasure_runs_due ON erasure_runs (due_at);
CREATE INDEX erasure_runs_request ON erasure_runs (request_id);

-- What a run erases: an account, what one case has of a kind, or a month of messages.
CREATE TABLE erasure_items (
  run_id   VARCHAR(36)  NOT NULL,
  no       INTEGER      NOT NULL,
  class    VARCHAR(16)  NOT NULL,
  kind     VARCHAR(16)  NOT NULL,
  ref      VARCHAR(64)  NOT NULL,
  path     VARCHAR(255) NOT NULL,
  amount   INTEGER      NOT NULL,
  done     INTEGER      NOT NULL,
  since    ${TIME}      NOT NULL,
  state    VARCHAR(16)  NOT NULL,
  note     VARCHAR(255) NOT NULL,
  ended_at ${TIME},
  PRIMARY KEY (run_id, no)
) ${TABLE};
CREATE INDEX erasure_items_state ON erasure_items (run_id, state, no);
CREATE INDEX erasure_items_class ON erasure_items (run_id, class, no);
CREATE INDEX erasure_items_ref ON erasure_items (kind, ref, state);

-- What must not be erased, whatever its age: of a person, a case, an organisation.
CREATE TABLE legal_holds (
  id          VARCHAR(36)  NOT NULL,
  kind        VARCHAR(16)  NOT NULL,
  subject_id  VARCHAR(36)  NOT NULL,
  path        VARCHAR(255) NOT NULL,
  reason      VARCHAR(500) NOT NULL,
  open_slot   VARCHAR(64)  NOT NULL,
  status      VARCHAR(16)  NOT NULL,
  set_by      VARCHAR(36)  NOT NULL,
  set_at      ${TIME}      NOT NULL,
  lifted_by   VARCHAR(36)  NOT NULL,
  lifted_at   ${TIME},
  lift_reason VARCHAR(500) NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT legal_holds_open UNIQUE (open_slot)
) ${TABLE};
CREATE INDEX legal_holds_set ON legal_holds (set_at, id);
CREATE INDEX legal_holds_status ON legal_holds (status, set_at, id);

-- What is erased by age is found by age.
CREATE INDEX notices_created ON notices (created_at);
CREATE INDEX copies_sent ON copies (sent_at);
CREATE INDEX urges_at ON urges (at);
CREATE INDEX outbox_done ON outbox (done_at);
CREATE INDEX cases_closed ON cases (stage, closed_at);
CREATE INDEX legal_holds_path ON legal_holds (path, set_at, id);
CREATE INDEX erasure_runs_path ON erasure_runs (path, prepared_at, id);
