-- +goose Up

-- What was done beside the cases' own events. Rows are only added; seq, hash and sealed_at
-- are given once, by whoever seals. request is the operation of the API; code is that of a
-- refusal, times how often; path is that of org_id; stated is JSON: what became of rows.
CREATE TABLE audit_log (
  id           VARCHAR(36)  NOT NULL,
  at           ${TIME}      NOT NULL,
  actor_id     VARCHAR(36)  NOT NULL,
  actor_role   VARCHAR(16)  NOT NULL,
  actor_org    VARCHAR(36)  NOT NULL,
  session      VARCHAR(64)  NOT NULL,
  ip           VARCHAR(45)  NOT NULL,
  request      VARCHAR(64)  NOT NULL,
  action       VARCHAR(64)  NOT NULL,
  result       VARCHAR(16)  NOT NULL,
  code         VARCHAR(64)  NOT NULL,
  times        INTEGER      NOT NULL,
  subject_kind VARCHAR(32)  NOT NULL,
  subject_id   VARCHAR(255) NOT NULL,
  org_id       VARCHAR(36)  NOT NULL,
  path         VARCHAR(255) NOT NULL,
  detail       ${TEXT}      NOT NULL,
  stated       ${TEXT}      NOT NULL,
  seq          BIGINT,
  hash         VARCHAR(64)  NOT NULL,
  sealed_at    ${TIME},
  PRIMARY KEY (id),
  CONSTRAINT audit_log_seq UNIQUE (seq)
) ${TABLE};
CREATE INDEX audit_log_at ON audit_log (at, id);
CREATE INDEX audit_log_actor ON audit_log (actor_id, at, id);
CREATE INDEX audit_log_action ON audit_log (action, at, id);
CREATE INDEX audit_log_subject ON audit_log (subject_kind, subject_id, at, id);
CREATE INDEX audit_log_path ON audit_log (path);

-- Signatures under the log, one for each stretch that was sealed at once. hash is that of
-- the entry to_seq.
CREATE TABLE audit_seals (
  to_seq    BIGINT       NOT NULL,
  from_seq  BIGINT       NOT NULL,
  hash      VARCHAR(64)  NOT NULL,
  at        ${TIME}      NOT NULL,
  key_id    VARCHAR(32)  NOT NULL,
  signature VARCHAR(128) NOT NULL,
  PRIMARY KEY (to_seq)
) ${TABLE};

-- How far the log is sealed. There is one; whoever seals holds it.
CREATE TABLE audit_head (
  id        VARCHAR(8)  NOT NULL,
  seq       BIGINT      NOT NULL,
  hash      VARCHAR(64) NOT NULL,
  sealed_at ${TIME},
  PRIMARY KEY (id)
) ${TABLE};
INSERT INTO audit_head (id, seq, hash) VALUES ('audit', 0, '');
