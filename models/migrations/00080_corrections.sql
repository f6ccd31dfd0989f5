-- +goose Up

-- What a request for correction is about: the field, and its new value, sealed until the
-- request is answered. value_mask is what stays.
ALTER TABLE data_requests ADD COLUMN field VARCHAR(16) NOT NULL DEFAULT '';
ALTER TABLE data_requests ADD COLUMN value_enc VARCHAR(512) NOT NULL DEFAULT '';
ALTER TABLE data_requests ADD COLUMN value_mask VARCHAR(128) NOT NULL DEFAULT '';
