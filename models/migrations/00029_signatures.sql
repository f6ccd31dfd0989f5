-- +goose Up

-- What an action made of the rows it wrote (JSON, covered by the event's hash), and the
-- signature of the hash. Events from before signing was enabled have none.
ALTER TABLE events ADD COLUMN stated ${TEXT};
ALTER TABLE events ADD COLUMN key_id VARCHAR(32) NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN signature VARCHAR(128) NOT NULL DEFAULT '';
