-- +goose Up

-- The second factor of an account: the sealed secret of an authenticator app, in use once
-- confirmed. last_step is the last time step whose code was taken, so that none is twice.
CREATE TABLE second_factors (
  user_id      VARCHAR(36)  NOT NULL,
  secret_enc   VARCHAR(512) NOT NULL,
  last_step    BIGINT       NOT NULL,
  created_at   ${TIME}      NOT NULL,
  confirmed_at ${TIME},
  PRIMARY KEY (user_id)
) ${TABLE};

-- Hashes of the codes that stand in for it, each once.
CREATE TABLE recovery_codes (
  user_id VARCHAR(36) NOT NULL,
  hash    VARCHAR(64) NOT NULL,
  used_at ${TIME},
  PRIMARY KEY (user_id, hash)
) ${TABLE};
