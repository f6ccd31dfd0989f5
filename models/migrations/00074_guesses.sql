-- +goose Up

-- Passwords and codes that are being checked. Each is counted before it is looked at, so
-- that however many are tried at once no more are looked at than may be wrong. subject is an
-- account, or the mark of a login that nobody has.
CREATE TABLE guesses (
  id      VARCHAR(36) NOT NULL,
  subject VARCHAR(64) NOT NULL,
  since   ${TIME}     NOT NULL,
  PRIMARY KEY (id)
) ${TABLE};
CREATE INDEX guesses_subject ON guesses (subject, since);

-- Failures of logins that nobody has, so that every process gives them the answers that it
-- gives those that somebody has. mark is a few bits of a keyed digest of the login: there are
-- at most a million rows, and none tells what was typed.
CREATE TABLE stranger_logins (
  mark         VARCHAR(8) NOT NULL,
  failed       INTEGER    NOT NULL,
  locked_until ${TIME},
  tried_at     ${TIME}    NOT NULL,
  PRIMARY KEY (mark)
) ${TABLE};
CREATE INDEX stranger_logins_tried ON stranger_logins (tried_at);

-- Since when an account is locked, and for what kind of wrong answers.
ALTER TABLE users ADD COLUMN locked_at ${TIME};
ALTER TABLE users ADD COLUMN locked_for VARCHAR(16) NOT NULL DEFAULT '';
CREATE INDEX users_locked ON users (locked_until);
