-- +goose Up

-- The message as it is to be sent to the case, and when it is sent again, while an action
-- of a person waits for its decision. Whoever received it may have died before sending.
ALTER TABLE actions ADD COLUMN envelope ${TEXT};
ALTER TABLE actions ADD COLUMN resend_at ${TIME};
CREATE INDEX actions_resend ON actions (resend_at, id);
