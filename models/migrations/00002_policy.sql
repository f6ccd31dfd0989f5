-- +goose Up

-- body is hashed, so it is text: a JSON column would reorder its keys.
CREATE TABLE policies (
  digest     VARCHAR(64) NOT NULL,
  programme  VARCHAR(16) NOT NULL,
  body       ${TEXT}     NOT NULL,
  created_at ${TIME}     NOT NULL,
  PRIMARY KEY (digest)
) ${TABLE};

CREATE TABLE overlays (
  id             VARCHAR(36)  NOT NULL,
  programme      VARCHAR(16)  NOT NULL,
  level          VARCHAR(16)  NOT NULL,
  scope_id       VARCHAR(36)  NOT NULL,
  version        INTEGER      NOT NULL,
  body           ${TEXT}      NOT NULL,
  reason         VARCHAR(500) NOT NULL,
  effective_from ${TIME}      NOT NULL,
  created_by     VARCHAR(36)  NOT NULL,
  created_at     ${TIME}      NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT overlays_version UNIQUE (scope_id, programme, version)
) ${TABLE};

CREATE TABLE calendars (
  version    VARCHAR(64) NOT NULL,
  body       ${TEXT}     NOT NULL,
  created_by VARCHAR(36) NOT NULL,
  created_at ${TIME}     NOT NULL,
  PRIMARY KEY (version)
) ${TABLE};
CREATE INDEX calendars_newest ON calendars (created_at, version);
