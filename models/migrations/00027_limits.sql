-- +goose Up

-- How many checks of an upload ended beyond the virus scanner's limits: it is rejected
-- after so many of them, whatever else went wrong in between.
ALTER TABLE file_uploads ADD COLUMN beyond_limits INTEGER NOT NULL DEFAULT 0;
