-- +goose Up

-- How many a bulletin has reached so far. When its delivery is over, recipients is the same.
ALTER TABLE bulletins ADD COLUMN delivered INTEGER NOT NULL DEFAULT 0;
UPDATE bulletins SET delivered = recipients;

-- Deliveries of bulletins, and of reminders of them, that are not finished. again is empty
-- for the bulletin itself and tells the notices of a reminder apart; audience is JSON;
-- after_path and after_user are how far it is; due_at is when a worker may go on.
CREATE TABLE bulletin_runs (
  bulletin_id VARCHAR(64)  NOT NULL,
  again       VARCHAR(16)  NOT NULL,
  audience    ${TEXT}      NOT NULL,
  after_path  VARCHAR(255) NOT NULL,
  after_user  VARCHAR(36)  NOT NULL,
  due_at      ${TIME}      NOT NULL,
  PRIMARY KEY (bulletin_id)
) ${TABLE};
CREATE INDEX bulletin_runs_due ON bulletin_runs (due_at);
