-- +goose Up

-- When the present password was set; none for those from before, whose age is counted from
-- their next login.
ALTER TABLE users ADD COLUMN password_at ${TIME};

-- Hashes of the passwords before, so that they are not chosen again.
CREATE TABLE old_passwords (
  user_id VARCHAR(36)  NOT NULL,
  set_at  ${TIME}      NOT NULL,
  hash    VARCHAR(255) NOT NULL,
  PRIMARY KEY (user_id, set_at)
) ${TABLE};
