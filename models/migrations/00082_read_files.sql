-- +goose Up

-- Files with personal data in clear: what the file was made of (a batch for the registry, an
-- import), and of how many people it tells.
ALTER TABLE personal_reads ADD COLUMN about_id VARCHAR(36) NOT NULL DEFAULT '';
ALTER TABLE personal_reads ADD COLUMN people INTEGER NOT NULL DEFAULT 0;
CREATE INDEX personal_reads_about ON personal_reads (about_id);
