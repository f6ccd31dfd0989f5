-- +goose Up

-- What has changed, for pages that are open. A row is written together with the change;
-- pos is given after the commit, so that positions follow the order of commits. user_id,
-- role and org_id say for whom a row is, path and case_id within whose scope.
CREATE TABLE feed (
  id         VARCHAR(36)  NOT NULL,
  pos        BIGINT,
  topic      VARCHAR(16)  NOT NULL,
  case_id    VARCHAR(36)  NOT NULL,
  path       VARCHAR(255) NOT NULL,
  user_id    VARCHAR(36)  NOT NULL,
  role       VARCHAR(16)  NOT NULL,
  org_id     VARCHAR(36)  NOT NULL,
  created_at ${TIME}      NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT feed_pos UNIQUE (pos)
) ${TABLE};

-- The one row is the newest position given, and the lock under which positions are given.
CREATE TABLE feed_head (
  id  VARCHAR(8) NOT NULL,
  pos BIGINT     NOT NULL,
  PRIMARY KEY (id)
) ${TABLE};
INSERT INTO feed_head (id, pos) VALUES ('feed', 0);
