-- what files say of their pictures, and a search that finds it
-- depends: 0007_key_order

-- migrate: apply

ALTER TABLE images ADD COLUMN metadata jsonb;

-- All texts of a document but where and when, which nobody looks for by words.
CREATE FUNCTION said(metadata jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$ BEGIN
    RETURN (
        SELECT string_agg(text #>> '{}', ' ')
        FROM jsonb_path_query(
            metadata - '{gps,dateCreated}'::text [], 'strict $.** ? (@.type() == "string")'
        ) AS text
    );
END $$;

-- As before, and what the file says; where it says nothing that costs nothing.
CREATE FUNCTION search_words(
    reference text, tags text [], title text, alt text, caption text, metadata jsonb
) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN to_tsvector(
    'simple',
    folded(
        reference || ' ' || joined(tags) || ' ' || coalesce(title, '') || ' '
        || coalesce(alt, '') || ' ' || coalesce(caption, '')
        || CASE WHEN metadata IS NULL THEN '' ELSE coalesce(' ' || said(metadata), '') END
    )
);

ALTER TABLE images DROP COLUMN words;
ALTER TABLE images ADD COLUMN words tsvector
GENERATED ALWAYS AS (search_words(reference, tags, title, alt, caption, metadata)) STORED;
DROP FUNCTION search_words(text, text [], text, text, text);
CREATE INDEX images_search ON images USING gin (tenant_id, words) WHERE deleted_at IS NULL;

-- migrate: rollback

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
ALTER TABLE images DROP COLUMN words;
ALTER TABLE images DROP COLUMN metadata, ADD COLUMN words tsvector
GENERATED ALWAYS AS (search_words(reference, tags, title, alt, caption)) STORED;
DROP FUNCTION search_words(text, text [], text, text, text, jsonb);
DROP FUNCTION said(jsonb);
CREATE INDEX images_search ON images USING gin (tenant_id, words) WHERE deleted_at IS NULL;
