-- +goose Up

-- One object may be the content of several slots: a linked version names the version that
-- it was linked from and shares its object. A key is therefore no longer unique; that two
-- uploads never share one is ensured by making it from a new UUID for each.
CREATE TABLE file_versions_linked (
  file_id        VARCHAR(36)  NOT NULL,
  n              INTEGER      NOT NULL,
  object_key     VARCHAR(255) NOT NULL,
  version_id     VARCHAR(255) NOT NULL,
  name           VARCHAR(255) NOT NULL,
  type           VARCHAR(128) NOT NULL,
  size           BIGINT       NOT NULL,
  sha256         VARCHAR(64)  NOT NULL,
  state          VARCHAR(16)  NOT NULL,
  reason         VARCHAR(500) NOT NULL,
  granted_by     VARCHAR(36)  NOT NULL,
  granted_at     ${TIME}      NOT NULL,
  checked_at     ${TIME},
  pinned_round   INTEGER,
  locked_at      ${TIME},
  linked_file_id VARCHAR(36)  NOT NULL,
  linked_n       INTEGER      NOT NULL,
  PRIMARY KEY (file_id, n)
) ${TABLE};
INSERT INTO file_versions_linked
  SELECT file_id, n, object_key, version_id, name, type, size, sha256, state, reason, granted_by, granted_at, checked_at,
         pinned_round, locked_at, '', 0 FROM file_versions;
DROP TABLE file_versions;
ALTER TABLE file_versions_linked RENAME TO file_versions;
CREATE INDEX file_versions_state ON file_versions (state, granted_at);
CREATE INDEX file_versions_object ON file_versions (object_key);

-- Uploads in parts that are under way, or whose content is being checked. due_at is when a
-- worker may take the check up.
CREATE TABLE file_uploads (
  file_id       VARCHAR(36)  NOT NULL,
  n             INTEGER      NOT NULL,
  owner_id      VARCHAR(36)  NOT NULL,
  upload_id     VARCHAR(512) NOT NULL,
  expires_at    ${TIME}      NOT NULL,
  due_at        ${TIME}      NOT NULL,
  attempts      INTEGER      NOT NULL,
  checked_bytes BIGINT       NOT NULL,
  PRIMARY KEY (file_id, n)
) ${TABLE};
CREATE INDEX file_uploads_owner ON file_uploads (owner_id);
CREATE INDEX file_uploads_due ON file_uploads (due_at);
CREATE INDEX file_uploads_expiry ON file_uploads (expires_at);
