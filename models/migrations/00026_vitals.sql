-- +goose Up

-- Actions that wait for their decision, oldest first.
CREATE INDEX actions_waiting ON actions (status, received_at, actor_id);
