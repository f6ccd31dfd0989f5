-- +goose Up

-- Keyed digest of an entry by the process that wrote it: whoever only reaches the database
-- can add none that would be sealed.
ALTER TABLE audit_log ADD COLUMN mac VARCHAR(64) NOT NULL DEFAULT '';
