-- +goose Up

-- Stretches of the audit log that were purged, what proves them, and signatures: hash is
-- that of the entry to_seq, digest is over the hashes of all.
CREATE TABLE audit_checkpoints (
  from_seq  BIGINT       NOT NULL,
  to_seq    BIGINT       NOT NULL,
  hash      VARCHAR(64)  NOT NULL,
  digest    VARCHAR(64)  NOT NULL,
  at        ${TIME}      NOT NULL,
  key_id    VARCHAR(32)  NOT NULL,
  signature VARCHAR(128) NOT NULL,
  PRIMARY KEY (from_seq)
) ${TABLE};
