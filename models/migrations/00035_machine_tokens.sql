-- +goose Up

-- Tokens by which other systems read. Only the hash of a token is kept; prefix is its
-- beginning, to tell it by. scopes and networks are lists separated by commas.
CREATE TABLE machine_tokens (
  id         VARCHAR(36)  NOT NULL,
  prefix     VARCHAR(16)  NOT NULL,
  hash       VARCHAR(64)  NOT NULL,
  name       VARCHAR(64)  NOT NULL,
  scopes     VARCHAR(255) NOT NULL,
  org_id     VARCHAR(36)  NOT NULL,
  networks   VARCHAR(500) NOT NULL,
  created_by VARCHAR(36)  NOT NULL,
  created_at ${TIME}      NOT NULL,
  expires_at ${TIME}      NOT NULL,
  used_at    ${TIME},
  used_ip    VARCHAR(45)  NOT NULL,
  revoked_at ${TIME},
  revoked_by VARCHAR(36)  NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT machine_tokens_hash UNIQUE (hash)
) ${TABLE};
CREATE INDEX machine_tokens_created ON machine_tokens (created_at, id);

-- What a token read on which day: each makes one entry of the audit log.
CREATE TABLE machine_token_uses (
  token_id  VARCHAR(36) NOT NULL,
  operation VARCHAR(64) NOT NULL,
  day       VARCHAR(10) NOT NULL,
  PRIMARY KEY (token_id, operation, day)
) ${TABLE};
