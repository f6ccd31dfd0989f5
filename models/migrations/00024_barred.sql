-- +goose Up

-- Who of the office must leave the task to another, having done a step of the review
-- before it: user ids, separated by commas.
ALTER TABLE tasks ADD COLUMN barred VARCHAR(255) NOT NULL DEFAULT '';
