-- +goose Up

-- A slot is one place for one file: a teacher's plan, a summary for one point, an item of
-- the dossier. current_version is the newest checked version, 0 when there is none.
CREATE TABLE files (
  id              VARCHAR(36)  NOT NULL,
  case_id         VARCHAR(36)  NOT NULL,
  slot_kind       VARCHAR(32)  NOT NULL,
  slot_key        VARCHAR(128) NOT NULL,
  owner_id        VARCHAR(36)  NOT NULL,
  current_version INTEGER      NOT NULL,
  created_at      ${TIME}      NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT files_slot UNIQUE (case_id, slot_kind, slot_key)
) ${TABLE};
CREATE INDEX files_owner ON files (owner_id);

CREATE TABLE file_versions (
  file_id      VARCHAR(36)  NOT NULL,
  n            INTEGER      NOT NULL,
  object_key   VARCHAR(255) NOT NULL,
  version_id   VARCHAR(255) NOT NULL,
  name         VARCHAR(255) NOT NULL,
  type         VARCHAR(128) NOT NULL,
  size         BIGINT       NOT NULL,
  sha256       VARCHAR(64)  NOT NULL,
  state        VARCHAR(16)  NOT NULL,
  reason       VARCHAR(500) NOT NULL,
  granted_by   VARCHAR(36)  NOT NULL,
  granted_at   ${TIME}      NOT NULL,
  checked_at   ${TIME},
  pinned_round INTEGER,
  locked_at    ${TIME},
  PRIMARY KEY (file_id, n),
  CONSTRAINT file_versions_key UNIQUE (object_key)
) ${TABLE};
CREATE INDEX file_versions_state ON file_versions (state, granted_at);

-- What a submitted dossier consists of. Items that the system fills have a snapshot
-- instead of a file.
CREATE TABLE dossier_pins (
  case_id  VARCHAR(36) NOT NULL,
  round    INTEGER     NOT NULL,
  item     INTEGER     NOT NULL,
  file_id  VARCHAR(36) NOT NULL,
  n        INTEGER     NOT NULL,
  sha256   VARCHAR(64) NOT NULL,
  snapshot ${TEXT}     NOT NULL,
  PRIMARY KEY (case_id, round, item)
) ${TABLE};
