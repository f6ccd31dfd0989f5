-- +goose Up

-- Who saw or looked up whose personal data in clear, and what for. path is that of the
-- person's organisation; subject_id is empty when a look-up found nobody.
CREATE TABLE personal_reads (
  id          VARCHAR(36)  NOT NULL,
  kind        VARCHAR(16)  NOT NULL,
  viewer_id   VARCHAR(36)  NOT NULL,
  subject_id  VARCHAR(36)  NOT NULL,
  field       VARCHAR(16)  NOT NULL,
  purpose     VARCHAR(16)  NOT NULL,
  words       VARCHAR(500) NOT NULL,
  case_id     VARCHAR(36)  NOT NULL,
  path        VARCHAR(255) NOT NULL,
  at          ${TIME}      NOT NULL,
  reviewed    BOOLEAN      NOT NULL,
  reviewed_by VARCHAR(36)  NOT NULL,
  reviewed_at ${TIME},
  review_note VARCHAR(500) NOT NULL,
  PRIMARY KEY (id)
) ${TABLE};
CREATE INDEX personal_reads_viewer ON personal_reads (viewer_id, at, id);
CREATE INDEX personal_reads_subject ON personal_reads (subject_id, at, id);
CREATE INDEX personal_reads_at ON personal_reads (at, id);
CREATE INDEX personal_reads_reviewed ON personal_reads (reviewed, at, id);
