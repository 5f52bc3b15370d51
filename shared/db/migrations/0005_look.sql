-- what a picture looks like in a few bytes, before and beside its thumbnails
-- depends: 0004_due

-- migrate: apply

ALTER TABLE images
ADD COLUMN dominant_color text,
ADD COLUMN placeholder text,
ADD COLUMN perceptual_hash bigint;

-- migrate: rollback

ALTER TABLE images
DROP COLUMN perceptual_hash,
DROP COLUMN placeholder,
DROP COLUMN dominant_color;
