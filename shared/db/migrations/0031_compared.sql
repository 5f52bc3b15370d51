-- what indexes have of an image, compared within them
-- depends: 0030_bands

-- migrate: apply

-- What an index only includes is compared after it was looked up whether the image can be seen, which
-- takes three times as long as to compare it. As columns of the key they order nothing: `id` comes
-- first. Images are neither read nor written meanwhile: at ten million, for about a minute.
DROP INDEX images_created, images_links, images_size, images_status, images_type;
CREATE INDEX images_created ON images (
    tenant_id, created_on, id, status, file_type, num_links, size_in_bytes
) INCLUDE (reference) WHERE deleted_at IS NULL;
CREATE INDEX images_links ON images (
    tenant_id, num_links, id, status, file_type, created_on, size_in_bytes
) INCLUDE (reference) WHERE deleted_at IS NULL;
CREATE INDEX images_size ON images (
    tenant_id, size_in_bytes, id, status, file_type, created_on, num_links
) INCLUDE (reference) WHERE deleted_at IS NULL;
CREATE INDEX images_status ON images (
    tenant_id, status, id, file_type, created_on, num_links, size_in_bytes
) WHERE deleted_at IS NULL;
CREATE INDEX images_type ON images (
    tenant_id, file_type NULLS FIRST, id, status, created_on, num_links, size_in_bytes
) WHERE deleted_at IS NULL;

-- A month of names that begin alike is read here alone, and so need not be taken day by day.
DROP INDEX images_beginnings;
CREATE INDEX images_beginnings ON images (
    tenant_id, date_bin('720 hours', created_on, 'epoch'), reference
) INCLUDE (created_on, id) WHERE deleted_at IS NULL;

-- migrate: rollback

DROP INDEX images_beginnings;
CREATE INDEX images_beginnings ON images (
    tenant_id, date_bin('720 hours', created_on, 'epoch'), reference
) WHERE deleted_at IS NULL;

DROP INDEX images_created, images_links, images_size, images_status, images_type;
CREATE INDEX images_created ON images (tenant_id, created_on, id)
INCLUDE (num_links, size_in_bytes, status, file_type, reference) WHERE deleted_at IS NULL;
CREATE INDEX images_links ON images (tenant_id, num_links, id)
INCLUDE (created_on, size_in_bytes, status, file_type, reference) WHERE deleted_at IS NULL;
CREATE INDEX images_size ON images (tenant_id, size_in_bytes, id)
INCLUDE (created_on, num_links, status, file_type, reference) WHERE deleted_at IS NULL;
CREATE INDEX images_status ON images (tenant_id, status, id)
INCLUDE (created_on, num_links, size_in_bytes, file_type) WHERE deleted_at IS NULL;
CREATE INDEX images_type ON images (tenant_id, file_type NULLS FIRST, id)
INCLUDE (created_on, num_links, size_in_bytes, status) WHERE deleted_at IS NULL;
