-- where an image's bytes are fetched from, and since when they cannot be
-- depends: 0007_key_order

-- migrate: apply

ALTER TABLE images
ADD COLUMN fetched_from text CHECK (char_length(fetched_from) BETWEEN 1 AND 2048),
ADD COLUMN source_missed_on timestamptz;

-- migrate: rollback

ALTER TABLE images DROP COLUMN source_missed_on, DROP COLUMN fetched_from;
