-- keys in the order of their bytes, which is the order in which S3 lists them
-- depends: 0006_thumbnail_format

-- migrate: apply

ALTER TABLE objects ALTER COLUMN key TYPE text COLLATE "C";
ALTER TABLE deletions ALTER COLUMN key TYPE text COLLATE "C";

-- migrate: rollback

ALTER TABLE objects ALTER COLUMN key TYPE text COLLATE "default";
ALTER TABLE deletions ALTER COLUMN key TYPE text COLLATE "default";
