-- +goose Up

-- What people ask about their own data, and what became of it. open_slot is user and kind
-- while the request is open, so that there is one at a time, and its own id afterwards.
CREATE TABLE data_requests (
  id          VARCHAR(36)  NOT NULL,
  user_id     VARCHAR(36)  NOT NULL,
  path        VARCHAR(255) NOT NULL,
  kind        VARCHAR(16)  NOT NULL,
  words       VARCHAR(500) NOT NULL,
  status      VARCHAR(16)  NOT NULL,
  open_slot   VARCHAR(64)  NOT NULL,
  asked_at    ${TIME}      NOT NULL,
  due_at      ${TIME}      NOT NULL,
  answered_by VARCHAR(36)  NOT NULL,
  answered_at ${TIME},
  answer      VARCHAR(500) NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT data_requests_open UNIQUE (open_slot)
) ${TABLE};
CREATE INDEX data_requests_user ON data_requests (user_id, asked_at, id);
CREATE INDEX data_requests_due ON data_requests (due_at, id);
CREATE INDEX data_requests_status ON data_requests (status, due_at, id);
