-- +goose Up

-- What each version of the 隐私政策 says, kept since it was first in force, so that who has
-- read a version can be shown what they read. text is JSON, the bytes that the version is
-- the digest of.
CREATE TABLE privacy_notices (
  version VARCHAR(16)  NOT NULL,
  since   ${TIME}      NOT NULL,
  text    ${TEXT}      NOT NULL,
  PRIMARY KEY (version)
) ${TABLE};
