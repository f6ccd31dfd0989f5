-- +goose Up

CREATE TABLE team_members (
  case_id        VARCHAR(36)  NOT NULL,
  user_id        VARCHAR(36)  NOT NULL,
  duty           VARCHAR(32)  NOT NULL,
  cio            BOOLEAN      NOT NULL,
  school_leader  BOOLEAN      NOT NULL,
  responsibility VARCHAR(500) NOT NULL,
  PRIMARY KEY (case_id, user_id)
) ${TABLE};
CREATE INDEX team_members_user ON team_members (user_id);

CREATE TABLE diagnoses (
  case_id       VARCHAR(36) NOT NULL,
  environment   VARCHAR(32) NOT NULL,
  strengths     ${TEXT}     NOT NULL,
  weaknesses    ${TEXT}     NOT NULL,
  opportunities ${TEXT}     NOT NULL,
  threats       ${TEXT}     NOT NULL,
  updated_by    VARCHAR(36) NOT NULL,
  updated_at    ${TIME}     NOT NULL,
  PRIMARY KEY (case_id)
) ${TABLE};

CREATE TABLE plan_drafts (
  case_id    VARCHAR(36) NOT NULL,
  part       VARCHAR(32) NOT NULL,
  text       ${TEXT}     NOT NULL,
  updated_by VARCHAR(36) NOT NULL,
  updated_at ${TIME}     NOT NULL,
  PRIMARY KEY (case_id, part)
) ${TABLE};

-- Submitted 两案. body is the canonical JSON that sha256 was taken over.
CREATE TABLE plan_revisions (
  case_id      VARCHAR(36) NOT NULL,
  version      INTEGER     NOT NULL,
  sha256       VARCHAR(64) NOT NULL,
  body         ${TEXT}     NOT NULL,
  submitted_by VARCHAR(36) NOT NULL,
  submitted_at ${TIME}     NOT NULL,
  status       VARCHAR(16) NOT NULL,
  filed_at     ${TIME},
  filing_no    VARCHAR(80) NOT NULL,
  PRIMARY KEY (case_id, version)
) ${TABLE};
CREATE INDEX plan_revisions_filing ON plan_revisions (filing_no);

CREATE TABLE filing_opinions (
  case_id  VARCHAR(36) NOT NULL,
  seq      INTEGER     NOT NULL,
  revision INTEGER     NOT NULL,
  step     INTEGER     NOT NULL,
  actor_id VARCHAR(36) NOT NULL,
  decision VARCHAR(16) NOT NULL,
  comment  ${TEXT}     NOT NULL,
  at       ${TIME}     NOT NULL,
  PRIMARY KEY (case_id, seq)
) ${TABLE};
CREATE INDEX filing_opinions_revision ON filing_opinions (case_id, revision, step);

CREATE TABLE guidance_visits (
  id         VARCHAR(36)  NOT NULL,
  case_id    VARCHAR(36)  NOT NULL,
  visitor_id VARCHAR(36)  NOT NULL,
  org_id     VARCHAR(36)  NOT NULL,
  at         ${TIME}      NOT NULL,
  topic      VARCHAR(200) NOT NULL,
  content    ${TEXT}      NOT NULL,
  advice     ${TEXT}      NOT NULL,
  created_at ${TIME}      NOT NULL,
  PRIMARY KEY (id)
) ${TABLE};
CREATE INDEX guidance_visits_case ON guidance_visits (case_id, at);
