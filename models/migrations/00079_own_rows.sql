-- +goose Up

-- What was sent to a person and what they were told is found by the person, for a copy of
-- their own data.
CREATE INDEX deliveries_user ON deliveries (user_id);
CREATE INDEX bulletin_recipients_user ON bulletin_recipients (user_id);
