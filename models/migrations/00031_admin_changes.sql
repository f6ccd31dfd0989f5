-- +goose Up

-- What two people must want before it happens: changes to who holds one of 三员, and to the
-- accounts of those who do. open_slot is the account while the request waits, so that there
-- is one at a time, and the request's own id afterwards.
CREATE TABLE admin_changes (
  id         VARCHAR(36)  NOT NULL,
  kind       VARCHAR(16)  NOT NULL,
  user_id    VARCHAR(36)  NOT NULL,
  role       VARCHAR(16)  NOT NULL,
  org_id     VARCHAR(36)  NOT NULL,
  reason     VARCHAR(500) NOT NULL,
  status     VARCHAR(16)  NOT NULL,
  open_slot  VARCHAR(36)  NOT NULL,
  asked_by   VARCHAR(36)  NOT NULL,
  asked_at   ${TIME}      NOT NULL,
  decided_by VARCHAR(36)  NOT NULL,
  decided_at ${TIME},
  comment    VARCHAR(500) NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT admin_changes_open UNIQUE (open_slot)
) ${TABLE};
CREATE INDEX admin_changes_asked ON admin_changes (asked_at, id);
CREATE INDEX admin_changes_status ON admin_changes (status, asked_at, id);
