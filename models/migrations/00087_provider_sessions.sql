-- +goose Up

-- Who and which session of theirs a provider said it was, as digests, so that it can say
-- when that is over. A session begun before says nothing and ends by its own terms.
ALTER TABLE sessions ADD COLUMN provider_sub VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN provider_sid VARCHAR(64) NOT NULL DEFAULT '';
CREATE INDEX sessions_provider_sub ON sessions (provider_sub);
CREATE INDEX sessions_provider_sid ON sessions (provider_sid);

-- The same of logins that wait for a second factor. What a provider has told us to end is
-- here, too, for a while: no token of its is taken twice.
ALTER TABLE sso_attempts ADD COLUMN provider_sub VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE sso_attempts ADD COLUMN provider_sid VARCHAR(64) NOT NULL DEFAULT '';
