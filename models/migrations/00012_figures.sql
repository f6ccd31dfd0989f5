-- +goose Up

-- Columns that lists are sorted by. stage_no is the stage's place in the lifecycle, from
-- 1; wait_at is waiting_since and tasks.sort_at is due_at, or the year 9999.
ALTER TABLE cases ADD COLUMN stage_no INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN wait_at ${TIME} NOT NULL DEFAULT ${FAR_END};
UPDATE cases SET stage_no = CASE stage
  WHEN 'team' THEN 1 WHEN 'diagnosis' THEN 2 WHEN 'planning' THEN 3 WHEN 'filing' THEN 4
  WHEN 'training' THEN 5 WHEN 'assessment' THEN 6 WHEN 'dossier' THEN 7 WHEN 'scoring' THEN 8
  WHEN 'confirmation' THEN 9 WHEN 'crediting' THEN 10 WHEN 'closed' THEN 11 ELSE 0 END;
UPDATE cases SET wait_at = waiting_since WHERE waiting_since IS NOT NULL;
CREATE INDEX cases_wait ON cases (wait_at, id);
CREATE INDEX cases_name ON cases (school_name, id);
CREATE INDEX cases_stage_no ON cases (stage_no, sort_at, id);
CREATE INDEX cases_filing_no ON cases (filing_no);

-- Everything that figures are counted by, so that counting reads no rows.
CREATE INDEX cases_figures ON cases (path, cohort_id, district_id, stage, overdue, waiting_role, verdict, result, sort_at, school_name);

ALTER TABLE tasks ADD COLUMN sort_at ${TIME} NOT NULL DEFAULT ${FAR_END};
UPDATE tasks SET sort_at = due_at WHERE due_at IS NOT NULL;

-- One stay of a case in a stage. seq is the event that began it, left_day is NULL while it
-- lasts. Days are numbered from 1970-01-01 in China.
CREATE TABLE stage_visits (
  case_id     VARCHAR(36)  NOT NULL,
  seq         INTEGER      NOT NULL,
  cohort_id   VARCHAR(36)  NOT NULL,
  path        VARCHAR(255) NOT NULL,
  stage       VARCHAR(16)  NOT NULL,
  entered_day INTEGER      NOT NULL,
  left_day    INTEGER,
  PRIMARY KEY (case_id, seq)
) ${TABLE};
INSERT INTO stage_visits (case_id, seq, cohort_id, path, stage, entered_day, left_day)
SELECT m.case_id, m.seq, cases.cohort_id, cases.path, m.stage_after, ${DAY_OF}m.at${IN_CHINA}, ${DAY_OF}m.left_at${IN_CHINA}
FROM (
  SELECT case_id, seq, stage_after, at, LEAD(at) OVER (PARTITION BY case_id ORDER BY seq) AS left_at
  FROM events WHERE stage_before <> stage_after
) m JOIN cases ON cases.id = m.case_id;
CREATE INDEX stage_visits_spans ON stage_visits (cohort_id, stage, entered_day, left_day, path);
CREATE INDEX stage_visits_entered ON stage_visits (stage, entered_day, case_id);
CREATE INDEX stage_visits_left ON stage_visits (stage, left_day, case_id);
