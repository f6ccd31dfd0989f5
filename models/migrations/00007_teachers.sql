-- +goose Up

CREATE TABLE study_groups (
  id         VARCHAR(36)  NOT NULL,
  case_id    VARCHAR(36)  NOT NULL,
  kind       VARCHAR(32)  NOT NULL,
  name       VARCHAR(128) NOT NULL,
  leader_id  VARCHAR(36)  NOT NULL,
  created_by VARCHAR(36)  NOT NULL,
  created_at ${TIME}      NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT study_groups_name UNIQUE (case_id, name)
) ${TABLE};
CREATE INDEX study_groups_leader ON study_groups (leader_id);

CREATE TABLE roster (
  case_id   VARCHAR(36) NOT NULL,
  user_id   VARCHAR(36) NOT NULL,
  name      VARCHAR(64) NOT NULL,
  subject   VARCHAR(64) NOT NULL,
  group_id  VARCHAR(36) NOT NULL,
  full_time BOOLEAN     NOT NULL,
  status    VARCHAR(16) NOT NULL,
  PRIMARY KEY (case_id, user_id)
) ${TABLE};
CREATE INDEX roster_user ON roster (user_id);
CREATE INDEX roster_group ON roster (case_id, group_id);
CREATE INDEX roster_name ON roster (case_id, name, user_id);

-- Changes of status after the roster was frozen: who, when and why.
CREATE TABLE roster_changes (
  id         VARCHAR(36)  NOT NULL,
  case_id    VARCHAR(36)  NOT NULL,
  user_id    VARCHAR(36)  NOT NULL,
  old_status VARCHAR(16)  NOT NULL,
  new_status VARCHAR(16)  NOT NULL,
  reason     VARCHAR(500) NOT NULL,
  changed_by VARCHAR(36)  NOT NULL,
  changed_at ${TIME}      NOT NULL,
  PRIMARY KEY (id)
) ${TABLE};
CREATE INDEX roster_changes_teacher ON roster_changes (case_id, user_id, id);

CREATE TABLE themes (
  case_id    VARCHAR(36)  NOT NULL,
  title      VARCHAR(200) NOT NULL,
  text       ${TEXT}      NOT NULL,
  updated_by VARCHAR(36)  NOT NULL,
  updated_at ${TIME}      NOT NULL,
  PRIMARY KEY (case_id)
) ${TABLE};

CREATE TABLE theme_points (
  case_id VARCHAR(36) NOT NULL,
  code    VARCHAR(16) NOT NULL,
  PRIMARY KEY (case_id, code)
) ${TABLE};

CREATE TABLE topics (
  id          VARCHAR(36)  NOT NULL,
  case_id     VARCHAR(36)  NOT NULL,
  group_id    VARCHAR(36)  NOT NULL,
  title       VARCHAR(200) NOT NULL,
  description ${TEXT}      NOT NULL,
  created_by  VARCHAR(36)  NOT NULL,
  created_at  ${TIME}      NOT NULL,
  PRIMARY KEY (id)
) ${TABLE};
CREATE INDEX topics_case ON topics (case_id, group_id);

-- hours are tenths of 学时.
CREATE TABLE activities (
  id           VARCHAR(36)  NOT NULL,
  case_id      VARCHAR(36)  NOT NULL,
  group_id     VARCHAR(36)  NOT NULL,
  topic_id     VARCHAR(36)  NOT NULL,
  kind         VARCHAR(32)  NOT NULL,
  title        VARCHAR(200) NOT NULL,
  description  ${TEXT}      NOT NULL,
  hours        INTEGER      NOT NULL,
  offline      BOOLEAN      NOT NULL,
  starts_at    ${TIME},
  ends_at      ${TIME},
  published_by VARCHAR(36)  NOT NULL,
  published_at ${TIME}      NOT NULL,
  cancelled_at ${TIME},
  PRIMARY KEY (id)
) ${TABLE};
CREATE INDEX activities_case ON activities (case_id, published_at, id);
CREATE INDEX activities_group ON activities (group_id, published_at, id);

CREATE TABLE participations (
  activity_id  VARCHAR(36) NOT NULL,
  user_id      VARCHAR(36) NOT NULL,
  case_id      VARCHAR(36) NOT NULL,
  hours        INTEGER     NOT NULL,
  content      ${TEXT}     NOT NULL,
  named_by     VARCHAR(36) NOT NULL,
  year         INTEGER     NOT NULL,
  joined_at    ${TIME}     NOT NULL,
  completed_at ${TIME},
  PRIMARY KEY (activity_id, user_id)
) ${TABLE};
CREATE INDEX participations_case ON participations (case_id, user_id, year);

CREATE TABLE personal_plans (
  case_id    VARCHAR(36) NOT NULL,
  user_id    VARCHAR(36) NOT NULL,
  goals      ${TEXT}     NOT NULL,
  updated_at ${TIME}     NOT NULL,
  PRIMARY KEY (case_id, user_id)
) ${TABLE};

CREATE TABLE teacher_points (
  case_id   VARCHAR(36) NOT NULL,
  user_id   VARCHAR(36) NOT NULL,
  code      VARCHAR(16) NOT NULL,
  chosen_at ${TIME}     NOT NULL,
  PRIMARY KEY (case_id, user_id, code)
) ${TABLE};

CREATE TABLE teaching_cases (
  case_id        VARCHAR(36)  NOT NULL,
  group_id       VARCHAR(36)  NOT NULL,
  title          VARCHAR(200) NOT NULL,
  reflection     ${TEXT}      NOT NULL,
  video_location VARCHAR(200) NOT NULL,
  updated_by     VARCHAR(36)  NOT NULL,
  updated_at     ${TIME}      NOT NULL,
  PRIMARY KEY (case_id, group_id)
) ${TABLE};

CREATE TABLE course_choices (
  cohort_id  VARCHAR(36)  NOT NULL,
  user_id    VARCHAR(36)  NOT NULL,
  course     VARCHAR(128) NOT NULL,
  hours      INTEGER      NOT NULL,
  created_at ${TIME}      NOT NULL,
  PRIMARY KEY (cohort_id, user_id, course)
) ${TABLE};
