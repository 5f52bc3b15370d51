-- what lists are filtered, searched and sorted by
-- depends: 0001_library

-- migrate: apply

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;

-- Percent-encode a storage key; `api/urls.py` has the same rule for single keys.
CREATE FUNCTION url_path(key text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
    WHEN key ~ '^[A-Za-z0-9/!$&''()*+,;=:@~._-]*$' THEN key
    ELSE (
        SELECT string_agg(
            CASE
                WHEN letter ~ '[A-Za-z0-9/!$&''()*+,;=:@~._-]' THEN letter
                ELSE upper(
                    regexp_replace(encode(convert_to(letter, 'UTF8'), 'hex'), '(..)', '%\1', 'g')
                )
            END,
            '' ORDER BY position
        )
        FROM regexp_split_to_table(key, '') WITH ORDINALITY AS t (letter, position)
    )
END;

-- Words as they are searched: lower case, without accents, split at whatever is no letter or digit.
CREATE FUNCTION folded(words text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(
    lower(regexp_replace(normalize(words, NFKD), '[\u0300-\u036f]', '', 'g')),
    '[^[:alnum:]]+', ' ', 'g'
);

-- array_to_string is only stable, because of types whose text depends on settings; text's does not.
CREATE FUNCTION joined(words text []) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$ BEGIN RETURN array_to_string(words, ' '); END $$;

CREATE FUNCTION search_words(
    reference text, tags text [], title text, alt text, caption text
) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN to_tsvector(
    'simple',
    folded(
        reference || ' ' || joined(tags) || ' ' || coalesce(title, '') || ' '
        || coalesce(alt, '') || ' ' || coalesce(caption, '')
    )
);

ALTER TABLE images ADD COLUMN words tsvector
GENERATED ALWAYS AS (search_words(reference, tags, title, alt, caption)) STORED;

CREATE INDEX images_reference_order ON images (tenant_id, reference COLLATE "C", id)
WHERE deleted_at IS NULL;
CREATE INDEX images_created ON images (tenant_id, created_on, id) WHERE deleted_at IS NULL;
CREATE INDEX images_modified ON images (tenant_id, modified_on, id) WHERE deleted_at IS NULL;
CREATE INDEX images_links ON images (tenant_id, num_links, id) WHERE deleted_at IS NULL;
CREATE INDEX images_size ON images (tenant_id, size_in_bytes, id) WHERE deleted_at IS NULL;
CREATE INDEX images_status ON images (tenant_id, status, id) WHERE deleted_at IS NULL;
CREATE INDEX images_type ON images (tenant_id, file_type, id) WHERE deleted_at IS NULL;
CREATE INDEX images_sha256 ON images (tenant_id, encode(sha256, 'hex')) WHERE deleted_at IS NULL;
CREATE INDEX images_reference_parts ON images
USING gin (tenant_id, reference gin_trgm_ops) WHERE deleted_at IS NULL;
CREATE INDEX images_tags ON images USING gin (tenant_id, tags) WHERE deleted_at IS NULL;
CREATE INDEX images_search ON images
USING gin (tenant_id, words) WHERE deleted_at IS NULL;

-- migrate: rollback

DROP INDEX images_search, images_tags, images_reference_parts, images_sha256, images_type, images_status,
images_size, images_links, images_modified, images_created, images_reference_order;
ALTER TABLE images DROP COLUMN words;
DROP FUNCTION search_words, joined, folded, url_path;
