-- +goose Up

-- Who said to have read which version of the 隐私政策, and when. An account has the version
-- that it read last, so that nothing more is asked of the database on its requests.
CREATE TABLE privacy_acknowledgements (
  user_id VARCHAR(36) NOT NULL,
  version VARCHAR(16) NOT NULL,
  at      ${TIME}     NOT NULL,
  PRIMARY KEY (user_id, version)
) ${TABLE};
CREATE INDEX privacy_acknowledgements_at ON privacy_acknowledgements (version, at, user_id);
ALTER TABLE users ADD COLUMN privacy_version VARCHAR(16) NOT NULL DEFAULT '';
CREATE INDEX users_privacy ON users (org_id, disabled, privacy_version);
