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

-- 应用能力点测评: the teacher submits, the group reviews, the team grades. A chosen point
-- without a row still waits for its evidence.
CREATE TABLE practice (
  case_id       VARCHAR(36)  NOT NULL,
  user_id       VARCHAR(36)  NOT NULL,
  code          VARCHAR(16)  NOT NULL,
  status        VARCHAR(16)  NOT NULL,
  note          ${TEXT}      NOT NULL,
  submitted_at  ${TIME}      NOT NULL,
  reviewed_by   VARCHAR(36)  NOT NULL,
  reviewed_at   ${TIME},
  review_reason VARCHAR(500) NOT NULL,
  graded_by     VARCHAR(36)  NOT NULL,
  graded_at     ${TIME},
  grade_note    VARCHAR(500) NOT NULL,
  PRIMARY KEY (case_id, user_id, code)
) ${TABLE};
CREATE INDEX practice_status ON practice (case_id, status);
