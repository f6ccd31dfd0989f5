-- +goose Up

-- Keyed digests by the process that wrote a session or received an action: whoever only
-- reaches the database can neither sign in as somebody nor have a case decide for them.
-- Sessions from before have none; they end.
DELETE FROM sessions;
ALTER TABLE sessions ADD COLUMN mac VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE actions ADD COLUMN envelope_mac VARCHAR(64) NOT NULL DEFAULT '';
