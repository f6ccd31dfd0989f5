-- +goose Up

-- Accounts at OpenID providers by which people sign in. subject is the hash of who the
-- provider says somebody is.
CREATE TABLE linked_logins (
  provider   VARCHAR(31) NOT NULL,
  subject    VARCHAR(64) NOT NULL,
  user_id    VARCHAR(36) NOT NULL,
  created_at ${TIME}     NOT NULL,
  used_at    ${TIME},
  PRIMARY KEY (provider, subject),
  CONSTRAINT linked_logins_user UNIQUE (user_id, provider)
) ${TABLE};

-- Requests to providers that are under way. id is the hash of what the browser holds in a
-- cookie, session of the session that began it, if one did. user_id is who the provider
-- says it is once only the second factor is missing.
CREATE TABLE sso_attempts (
  id         VARCHAR(64)  NOT NULL,
  provider   VARCHAR(31)  NOT NULL,
  purpose    VARCHAR(8)   NOT NULL,
  session    VARCHAR(64)  NOT NULL,
  user_id    VARCHAR(36)  NOT NULL,
  proved_at  ${TIME},
  return_to  VARCHAR(500) NOT NULL,
  created_at ${TIME}      NOT NULL,
  PRIMARY KEY (id)
) ${TABLE};
CREATE INDEX sso_attempts_created ON sso_attempts (created_at);

-- Roles that a provider's mapping gave: the next login takes those away that it no longer
-- gives, and leaves alone what people gave.
CREATE TABLE sso_grants (
  user_id  VARCHAR(36) NOT NULL,
  role     VARCHAR(16) NOT NULL,
  org_id   VARCHAR(36) NOT NULL,
  provider VARCHAR(31) NOT NULL,
  PRIMARY KEY (user_id, role, org_id)
) ${TABLE};

-- How a session was begun: provider, "" by password; factored, whether it vouches for a
-- second factor.
ALTER TABLE sessions ADD COLUMN provider VARCHAR(31) NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN factored BOOLEAN NOT NULL DEFAULT FALSE;
