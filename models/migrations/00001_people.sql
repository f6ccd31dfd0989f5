-- +goose Up

-- The tree of organisations. path is '/province/city/.../self/': one LIKE prefix is a scope.
CREATE TABLE orgs (
  id         VARCHAR(36)  NOT NULL,
  parent_id  VARCHAR(36),
  level      VARCHAR(16)  NOT NULL,
  code       VARCHAR(32)  NOT NULL,
  name       VARCHAR(128) NOT NULL,
  path       VARCHAR(255) NOT NULL,
  created_at ${TIME}      NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT orgs_code UNIQUE (code)
) ${TABLE};
CREATE INDEX orgs_path ON orgs (path);
CREATE INDEX orgs_parent ON orgs (parent_id, code);
CREATE INDEX orgs_level ON orgs (level, code);

CREATE TABLE users (
  id              VARCHAR(36)  NOT NULL,
  login           VARCHAR(64)  NOT NULL,
  name            VARCHAR(64)  NOT NULL,
  password_hash   VARCHAR(255) NOT NULL,
  must_change     BOOLEAN      NOT NULL,
  org_id          VARCHAR(36)  NOT NULL,
  disabled        BOOLEAN      NOT NULL,
  failed          INTEGER      NOT NULL,
  locked_until    ${TIME},
  id_number_enc   VARCHAR(512) NOT NULL,
  id_number_index VARCHAR(64),
  id_number_mask  VARCHAR(18)  NOT NULL,
  phone_enc       VARCHAR(512) NOT NULL,
  phone_index     VARCHAR(64)  NOT NULL,
  created_at      ${TIME}      NOT NULL,
  updated_at      ${TIME}      NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT users_login UNIQUE (login),
  CONSTRAINT users_id_number UNIQUE (id_number_index)
) ${TABLE};
CREATE INDEX users_phone ON users (phone_index);
CREATE INDEX users_org ON users (org_id, name, id);

CREATE TABLE grants (
  user_id    VARCHAR(36) NOT NULL,
  role       VARCHAR(16) NOT NULL,
  org_id     VARCHAR(36) NOT NULL,
  created_at ${TIME}     NOT NULL,
  PRIMARY KEY (user_id, role, org_id)
) ${TABLE};
CREATE INDEX grants_holder ON grants (org_id, role);

-- Only the hash of a session's token is kept.
CREATE TABLE sessions (
  token_hash VARCHAR(64)  NOT NULL,
  user_id    VARCHAR(36)  NOT NULL,
  ip         VARCHAR(45)  NOT NULL,
  agent      VARCHAR(255) NOT NULL,
  created_at ${TIME}      NOT NULL,
  seen_at    ${TIME}      NOT NULL,
  expires_at ${TIME}      NOT NULL,
  PRIMARY KEY (token_hash)
) ${TABLE};
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);
