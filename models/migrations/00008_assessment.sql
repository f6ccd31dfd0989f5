-- +goose Up

-- 过程性材料初审
CREATE TABLE initial_reviews (
  case_id     VARCHAR(36)  NOT NULL,
  user_id     VARCHAR(36)  NOT NULL,
  result      VARCHAR(16)  NOT NULL,
  reason      VARCHAR(500) NOT NULL,
  reviewer_id VARCHAR(36)  NOT NULL,
  at          ${TIME}      NOT NULL,
  PRIMARY KEY (case_id, user_id)
) ${TABLE};

-- 应用能力点测评: the teacher submits, the group reviews, the team grades.
CREATE TABLE practice (
  case_id      VARCHAR(36)  NOT NULL,
  user_id      VARCHAR(36)  NOT NULL,
  code         VARCHAR(16)  NOT NULL,
  note         ${TEXT}      NOT NULL,
  submitted_at ${TIME}      NOT NULL,
  group_status VARCHAR(16)  NOT NULL,
  group_by_id  VARCHAR(36)  NOT NULL,
  group_reason VARCHAR(500) NOT NULL,
  group_at     ${TIME},
  grade        VARCHAR(16)  NOT NULL,
  grade_note   VARCHAR(500) NOT NULL,
  graded_by    VARCHAR(36)  NOT NULL,
  graded_at    ${TIME},
  PRIMARY KEY (case_id, user_id, code)
) ${TABLE};
CREATE INDEX practice_group ON practice (case_id, group_status);
