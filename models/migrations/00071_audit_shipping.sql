-- +goose Up

-- How far the audit log was sent to the receiver outside: up to the entry seq, whose hash is
-- hash. There is one; a worker holds it while it sends.
CREATE TABLE audit_shipping (
  id         VARCHAR(8)  NOT NULL,
  seq        BIGINT      NOT NULL,
  hash       VARCHAR(64) NOT NULL,
  shipped_at ${TIME},
  holder     VARCHAR(36) NOT NULL,
  held_until ${TIME},
  PRIMARY KEY (id)
) ${TABLE};
INSERT INTO audit_shipping (id, seq, hash, holder) VALUES ('syslog', 0, '', '');
