-- +goose Up

-- When the person last proved in this session who they are, by signing in or again later.
ALTER TABLE sessions ADD COLUMN proved_at ${TIME};
