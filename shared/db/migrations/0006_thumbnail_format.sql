-- in which format a tenant wants its thumbnails
-- depends: 0005_look

-- migrate: apply

ALTER TABLE tenants
ADD COLUMN thumbnail_format text NOT NULL DEFAULT 'auto'
CHECK (thumbnail_format IN ('auto', 'webp', 'avif'));

-- migrate: rollback

ALTER TABLE tenants DROP COLUMN thumbnail_format;
