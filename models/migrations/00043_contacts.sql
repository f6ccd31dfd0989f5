-- +goose Up

-- The mail address of a user: sealed, with a blind index and a mask. pending_enc is one that
-- still has to be proved with a code, of which the hash is kept.
CREATE TABLE contacts (
  user_id      VARCHAR(36)  NOT NULL,
  mail_enc     VARCHAR(600) NOT NULL,
  mail_index   VARCHAR(64)  NOT NULL,
  mail_mask    VARCHAR(64)  NOT NULL,
  verified_at  ${TIME},
  pending_enc  VARCHAR(600) NOT NULL,
  pending_mask VARCHAR(64)  NOT NULL,
  code_enc     VARCHAR(255) NOT NULL,
  code_tries   INTEGER      NOT NULL,
  code_until   ${TIME},
  codes_day    INTEGER      NOT NULL,
  codes_sent   INTEGER      NOT NULL,
  updated_at   ${TIME}      NOT NULL,
  PRIMARY KEY (user_id)
) ${TABLE};
CREATE INDEX contacts_mail ON contacts (mail_index);

-- What a user wants by mail: topics separated by blanks, at once or once a day, and when
-- nothing at all. No row is the usual choice.
CREATE TABLE notice_choices (
  user_id      VARCHAR(36)  NOT NULL,
  topics       VARCHAR(255) NOT NULL,
  daily        BOOLEAN      NOT NULL,
  daily_at     INTEGER      NOT NULL,
  quiet_from   INTEGER      NOT NULL,
  quiet_to     INTEGER      NOT NULL,
  working_days BOOLEAN      NOT NULL,
  urgent       BOOLEAN      NOT NULL,
  updated_at   ${TIME}      NOT NULL,
  PRIMARY KEY (user_id)
) ${TABLE};
