-- where images stand in each order beside what is looked for in them, and names by beginning and end
-- depends: 0029_dated

-- migrate: apply

CREATE FUNCTION links_band(links integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN width_bucket(links, '{1, 2, 3, 5, 10, 30, 100, 300, 1000, 3000, 10000, 100000}'::integer []);

-- Ten for each tenfold, from 10 kB to 100 MB.
CREATE FUNCTION size_band(bytes bigint) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN width_bucket(bytes, (
    '{10000, 12500, 16000, 20000, 25000, 32000, 40000, 50000, 64000, 80000,'
    '100000, 125000, 160000, 200000, 250000, 320000, 400000, 500000, 640000, 800000,'
    '1000000, 1250000, 1600000, 2000000, 2500000, 3200000, 4000000, 5000000, 6400000, 8000000,'
    '10000000, 12500000, 16000000, 20000000, 25000000, 32000000, 40000000, 50000000, 64000000,'
    '80000000, 100000000}'
)::bigint []);

-- Images are neither read nor written while these are made: at ten million that takes some minutes.
-- A part of a name that one image in three hundred has is found in a walk that reads no image.
DROP INDEX images_created, images_links, images_size;
CREATE INDEX images_created ON images (tenant_id, created_on, id)
INCLUDE (num_links, size_in_bytes, status, file_type, reference) WHERE deleted_at IS NULL;
CREATE INDEX images_links ON images (tenant_id, num_links, id)
INCLUDE (created_on, size_in_bytes, status, file_type, reference) WHERE deleted_at IS NULL;
CREATE INDEX images_size ON images (tenant_id, size_in_bytes, id)
INCLUDE (created_on, num_links, status, file_type, reference) WHERE deleted_at IS NULL;

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

-- A month in which no name begins so costs a list 8 us here, and 250 in the parts of names. It is
-- written in hours, so that no plan reads a month from end to end for what is not a beginning.
CREATE INDEX images_beginnings ON images (
    tenant_id, date_bin('720 hours', created_on, 'epoch'), reference
) WHERE deleted_at IS NULL;

-- The planner knows nothing of an expression by a partial index.
CREATE INDEX images_endings ON images (tenant_id, reverse(reference)) WHERE deleted_at IS NULL;
CREATE STATISTICS images_endings_known ON (reverse(reference)) FROM images;
ANALYZE images;

-- migrate: rollback

DROP STATISTICS images_endings_known;
DROP INDEX images_beginnings, images_endings;
DROP INDEX images_reference_parts, images_tags, images_search, images_locale_words;
DROP FUNCTION links_band, size_band;
DROP INDEX images_created, images_links, images_size;
CREATE INDEX images_created ON images (tenant_id, created_on, id)
INCLUDE (num_links, size_in_bytes, status, file_type) WHERE deleted_at IS NULL;
CREATE INDEX images_links ON images (tenant_id, num_links, id)
INCLUDE (created_on, size_in_bytes, status, file_type) WHERE deleted_at IS NULL;
CREATE INDEX images_size ON images (tenant_id, size_in_bytes, id)
INCLUDE (created_on, num_links, status, file_type) WHERE deleted_at IS NULL;
CREATE INDEX images_reference_parts ON images USING gin (
    tenant_id, reference gin_trgm_ops,
    date_bin('30 days', created_on, 'epoch'), date_bin('1 day', created_on, 'epoch')
) WITH (gin_pending_list_limit = 512) WHERE deleted_at IS NULL;
CREATE INDEX images_tags ON images USING gin (
    tenant_id, tags,
    date_bin('30 days', created_on, 'epoch'), date_bin('1 day', created_on, 'epoch')
) WITH (gin_pending_list_limit = 512) WHERE deleted_at IS NULL;
CREATE INDEX images_search ON images USING gin (
    tenant_id, words,
    date_bin('30 days', created_on, 'epoch'), date_bin('1 day', created_on, 'epoch')
) WITH (gin_pending_list_limit = 512) WHERE deleted_at IS NULL;
CREATE INDEX images_locale_words ON images USING gin (
    tenant_id, locale_words,
    date_bin('30 days', created_on, 'epoch'), date_bin('1 day', created_on, 'epoch')
) WITH (gin_pending_list_limit = 512) WHERE deleted_at IS NULL AND locale_words IS NOT NULL;
