-- what images are filtered by beside what they are sorted by: no look at rows that do not pass
-- depends: 0021_private 0022_forgotten

-- migrate: apply

-- Images are neither read nor written while these are made: at ten million that takes some minutes.
-- To make them before the others go would let readers on, but who has read an image and goes on to
-- write would then wait for this, and this for him.
DROP INDEX images_created, images_links, images_size, images_status, images_type;
CREATE INDEX images_created ON images (tenant_id, created_on, id)
INCLUDE (num_links, size_in_bytes, status, file_type) WHERE deleted_at IS NULL;
CREATE INDEX images_links ON images (tenant_id, num_links, id)
INCLUDE (created_on, size_in_bytes, status, file_type) WHERE deleted_at IS NULL;
CREATE INDEX images_size ON images (tenant_id, size_in_bytes, id)
INCLUDE (created_on, num_links, status, file_type) WHERE deleted_at IS NULL;
CREATE INDEX images_status ON images (tenant_id, status, id)
INCLUDE (created_on, num_links, size_in_bytes, file_type) WHERE deleted_at IS NULL;
CREATE INDEX images_type ON images (tenant_id, file_type NULLS FIRST, id)
INCLUDE (created_on, num_links, size_in_bytes, status) WHERE deleted_at IS NULL;

-- An index alone will do only for pages that were vacuumed since they were written to.
ALTER TABLE images
SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05);

-- migrate: rollback

ALTER TABLE images
RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor);
DROP INDEX images_created, images_links, images_size, images_status, images_type;
CREATE INDEX images_created ON images (tenant_id, created_on, id) WHERE deleted_at IS NULL;
CREATE INDEX images_links ON images (tenant_id, num_links, id) WHERE deleted_at IS NULL;
CREATE INDEX images_size ON images (tenant_id, size_in_bytes, id) WHERE deleted_at IS NULL;
CREATE INDEX images_status ON images (tenant_id, status, id) WHERE deleted_at IS NULL;
CREATE INDEX images_type ON images (tenant_id, file_type NULLS FIRST, id) WHERE deleted_at IS NULL;
