-- +goose Up

-- How many records registries refused in the last day, which is measured every minute.
CREATE INDEX registry_records_concluded ON registry_records (state, concluded_at);
