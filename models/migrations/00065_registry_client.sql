-- +goose Up

-- The sealed private key with which a registry knows us by certificate, and when the next
-- page may be sent to it.
ALTER TABLE registries ADD COLUMN client_key ${TEXT};
ALTER TABLE registries ADD COLUMN next_at ${TIME};
