-- name: locales_of
-- What is said of an image, by language.
SELECT id, locale, credit, caption_html FROM image_locales
WHERE tenant_id = $1 AND image_id = $2 ORDER BY locale;

-- name: put_image_locale
-- Say something in a language, in the place of what was said in it before.
INSERT INTO image_locales (tenant_id, image_id, id, locale, credit, caption_html)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, image_id, locale)
DO UPDATE SET credit = EXCLUDED.credit, caption_html = EXCLUDED.caption_html;

-- name: keep_image_locales
-- Forget what was said in other languages than these.
DELETE FROM image_locales WHERE tenant_id = $1 AND image_id = $2 AND locale <> ALL($3::text []);

-- name: set_locale_words
-- What the search finds in the locales, null where there is nothing. Where $4, somebody has changed
-- the image, else it is only now being made.
UPDATE images SET
    locale_words = to_tsvector('simple', folded($3)),
    row_version = row_version + $4::boolean::integer,
    modified_on = CASE WHEN $4 THEN date_trunc('second', now()) ELSE modified_on END
WHERE tenant_id = $1 AND id = $2;
