-- +goose Up

-- The Monday of the week in which a stay began, so that weeks are counted from an index.
ALTER TABLE stage_visits ADD COLUMN entered_week INTEGER NOT NULL DEFAULT 0;
UPDATE stage_visits SET entered_week = entered_day - (entered_day + 3) % 7;
CREATE INDEX stage_visits_weeks ON stage_visits (stage, entered_week, case_id, path, cohort_id);

-- The planned schools without a case.
CREATE INDEX cohort_schools_case ON cohort_schools (case_id, cohort_id, school_id);
