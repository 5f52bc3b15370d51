-- what indexes have of an image, compared within them
-- depends: 0030_bands

-- migrate: apply

-- What an index only includes is compared after it was looked up whether the image can be seen, which
-- takes three times as long as to compare it. As columns of the key they order nothing: `id` comes
-- first. Images are neither read nor written meanwhile: at ten million, for some minutes.
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

-- Lists are looked through in the order of the columns: the band's come first, so that of those of
-- words only what stands in the band is read, where all of two words that never stand together was
-- read for each band.
DROP INDEX images_reference_parts, images_tags, images_search, images_locale_words;
CREATE INDEX images_reference_parts ON images USING gin (
    date_bin('30 days', created_on, 'epoch'), date_bin('1 day', created_on, 'epoch'),
    links_band(num_links), size_band(size_in_bytes),
    tenant_id, reference gin_trgm_ops
) WITH (gin_pending_list_limit = 512) WHERE deleted_at IS NULL;
CREATE INDEX images_tags ON images USING gin (
    date_bin('30 days', created_on, 'epoch'), date_bin('1 day', created_on, 'epoch'),
    links_band(num_links), size_band(size_in_bytes),
    tenant_id, tags
) WITH (gin_pending_list_limit = 512) WHERE deleted_at IS NULL;
CREATE INDEX images_search ON images USING gin (
    date_bin('30 days', created_on, 'epoch'), date_bin('1 day', created_on, 'epoch'),
    links_band(num_links), size_band(size_in_bytes),
    tenant_id, words
) WITH (gin_pending_list_limit = 512) WHERE deleted_at IS NULL;
CREATE INDEX images_locale_words ON images USING gin (
    date_bin('30 days', created_on, 'epoch'), date_bin('1 day', created_on, 'epoch'),
    links_band(num_links), size_band(size_in_bytes),
    tenant_id, locale_words
) WITH (gin_pending_list_limit = 512) WHERE deleted_at IS NULL AND locale_words IS NOT NULL;

-- migrate: rollback

DROP INDEX images_reference_parts, images_tags, images_search, images_locale_words;
CREATE INDEX images_reference_parts ON images USING gin (
    tenant_id, reference gin_trgm_ops,
    date_bin('30 days', created_on, 'epoch'), date_bin('1 day', created_on, 'epoch'),
    links_band(num_links), size_band(size_in_bytes)
) WITH (gin_pending_list_limit = 512) WHERE deleted_at IS NULL;
CREATE INDEX images_tags ON images USING gin (
    tenant_id, tags,
    date_bin('30 days', created_on, 'epoch'), date_bin('1 day', created_on, 'epoch'),
    links_band(num_links), size_band(size_in_bytes)
) WITH (gin_pending_list_limit = 512) WHERE deleted_at IS NULL;
CREATE INDEX images_search ON images USING gin (
    tenant_id, words,
    date_bin('30 days', created_on, 'epoch'), date_bin('1 day', created_on, 'epoch'),
    links_band(num_links), size_band(size_in_bytes)
) WITH (gin_pending_list_limit = 512) WHERE deleted_at IS NULL;
CREATE INDEX images_locale_words ON images USING gin (
    tenant_id, locale_words,
    date_bin('30 days', created_on, 'epoch'), date_bin('1 day', created_on, 'epoch'),
    links_band(num_links), size_band(size_in_bytes)
) WITH (gin_pending_list_limit = 512) WHERE deleted_at IS NULL AND locale_words IS NOT NULL;
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
