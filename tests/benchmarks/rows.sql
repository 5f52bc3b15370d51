-- What the benchmark's images are made of: the same rows each time, every value drawn from the
-- row's number. Names, tags, links and sizes are skewed as in real libraries (few are very common,
-- most are rare), and most images are recent.

-- name: functions
-- A number in [0, 1) that depends on the row and on what it is drawn for; one of many words, the
-- first of them most often; one of `ranks` numbers, each as likely as all those of its octave.
CREATE OR REPLACE FUNCTION bench_draw(n bigint, purpose bigint) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (hashint8extended(n, purpose) & 2147483647) / 2147483648.0::float8;

CREATE OR REPLACE FUNCTION bench_word(n bigint, purpose bigint, words text []) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN words[1 + floor(cardinality(words) * power(bench_draw(n, purpose), 2.5))::int];

CREATE OR REPLACE FUNCTION bench_rank(n bigint, purpose bigint, ranks int) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN floor(exp(bench_draw(n, purpose) * ln(ranks)))::int;

-- name: fill
-- Rows $1 to $2 of $3. Of a thousand, 900 are the large tenant's, 99 the middle one's and 1 the
-- small one's. `photo-{n}.jpg` (twenty of a thousand, the middle tenant's) can be named without
-- looking them up. Of a thousand images one has `harbour` in its name, caption and tags, and of
-- a hundred thousand one has `zeppelin`; `dsc_` begins half of the names of the oldest tenth.
-- OFFSET 0 has each level computed once, and not again wherever the next one names it.
INSERT INTO images (
    tenant_id, id, uid, reference, status, status_reason, revision_counter, revision, attempt,
    busy_since, due_at, served_revision, served_attempt, original_key, thumbnail_key,
    thumbnail_medium_key, thumbnail_preview_key, file_type, content_type, width, height,
    size_in_bytes, sha256, md5, tags, title, alt, caption, num_links, created_on, modified_on
)
OVERRIDING SYSTEM VALUE
SELECT
    tenant_id, n, uid, reference, status, CASE status WHEN 'Er' THEN 'corrupt' END, 1, 1, 1,
    CASE WHEN is_busy THEN created_on END, CASE WHEN is_busy THEN created_on END,
    1, 1, folder || '/1/' || reference,
    CASE WHEN is_shown THEN folder || '/1.1/' || stem || '_TH.' || small_type END,
    CASE WHEN is_shown THEN folder || '/1.1/' || stem || '_THM.' || small_type END,
    CASE WHEN is_shown THEN folder || '/1.1/' || stem || '_THP.' || small_type END,
    CASE WHEN is_shown THEN file_type END, CASE WHEN is_shown THEN 'image/' || file_type END,
    CASE WHEN is_shown THEN 400 + floor(bench_draw(n, 20) * 6000)::int ELSE 0 END,
    CASE WHEN is_shown THEN 400 + floor(bench_draw(n, 21) * 6000)::int ELSE 0 END,
    CASE WHEN status = 'Vd' THEN 0 ELSE floor(20000 * exp(bench_draw(n, 22) * 6.9))::bigint END,
    sha256(int8send(n)), decode(md5(n::text), 'hex'), tags,
    CASE WHEN bench_draw(n, 23) < 0.3 THEN initcap(word) || ' in ' || bench_word(
        n, 24, ARRAY['summer', 'winter', 'spring', 'autumn', 'Málaga', 'Zürich', 'studio', 'rain']
    ) END,
    CASE WHEN bench_draw(n, 25) < 0.15 THEN 'A ' || word || ', ' || view END,
    CASE
        WHEN special IS NOT NULL THEN 'Seen near the ' || special
        WHEN bench_draw(n, 26) < 0.1 THEN 'The ' || word || ' as it was shown to everybody'
    END,
    CASE
        WHEN bench_draw(n, 27) < 0.8 THEN 0
        ELSE least(5000, floor(1 / (1 - bench_draw(n, 28)))::int)
    END,
    created_on,
    least(
        timestamptz '2026-06-01Z',
        created_on + make_interval(secs => floor(
            CASE WHEN bench_draw(n, 29) < 0.6 THEN 5 ELSE 30000000 END * bench_draw(n, 30)
        ))
    )
FROM (
    SELECT
        *,
        tenant_id || '/' || uid AS folder,
        status IN ('Up', 'Re') AS is_busy,
        status IN ('Ok', 'Re') AS is_shown,
        left(reference, -4) AS stem,
        CASE WHEN file_type IN ('png', 'gif') THEN 'png' ELSE 'jpg' END AS small_type,
        ARRAY(
            SELECT DISTINCT CASE bench_rank(n, 40 + k, 2000)
                WHEN 1 THEN 'animales' WHEN 2 THEN 'mascotas' WHEN 3 THEN 'red' WHEN 4 THEN 'blue'
                ELSE 'tag-' || bench_rank(n, 40 + k, 2000)
            END
            FROM generate_series(1, floor(bench_draw(n, 39) * 6)::int) AS k
        ) || CASE WHEN special IS NULL THEN '{}' ELSE ARRAY[special] END AS tags
    FROM (
        SELECT
            *,
            CASE
                WHEN share BETWEEN 1 AND 20 THEN 'photo-' || n || '.jpg'
                WHEN n < $3::bigint / 10 AND bench_draw(n, 10) < 0.5
                    THEN 'dsc_' || lpad(n::text, 9, '0') || '.jpg'
                ELSE concat_ws(
                    '-', word, view, special, left(md5(n::text), 6), n || '.' || file_type
                )
            END AS reference,
            encode(
                overlay(
                    decode(md5(n::text), 'hex')
                    PLACING substring(int8send((extract(EPOCH FROM created_on) * 1000)::bigint), 3)
                    FROM 1 FOR 6
                ),
                'hex'
            )::uuid AS uid
        FROM (
            SELECT
                n,
                n % 1000 AS share,
                ($4::bigint [])[CASE WHEN n % 1000 = 0 THEN 3 WHEN n % 1000 < 100 THEN 2 ELSE 1 END]
                AS tenant_id,
                timestamptz '2026-06-01Z' - make_interval(
                    secs => floor(189000000 * power(1 - n / $3::float8, 2))
                ) AS created_on,
                bench_word(n, 1, ARRAY[
                    'product', 'shoe', 'shirt', 'chair', 'lamp', 'table', 'bag', 'watch', 'ring',
                    'jacket', 'sofa', 'bike', 'camera', 'phone', 'glass', 'bottle', 'carpet',
                    'mirror', 'helmet', 'tent'
                ]) AS word,
                bench_word(n, 2, ARRAY[
                    'front', 'back', 'side', 'detail', 'top', 'room', 'worn', 'packed', 'open'
                ]) AS view,
                bench_word(n, 3, ARRAY[
                    'jpg', 'jpg', 'jpg', 'jpg', 'png', 'png', 'webp', 'gif', 'tif'
                ]) AS file_type,
                CASE
                    WHEN bench_draw(n, 4) < 0.00001 THEN 'zeppelin'
                    WHEN bench_draw(n, 4) < 0.001 THEN 'harbour'
                END AS special,
                CASE
                    WHEN bench_draw(n, 5) < 0.97 THEN 'Ok'
                    WHEN bench_draw(n, 5) < 0.99 THEN 'Er'
                    WHEN bench_draw(n, 5) < 0.9979 THEN 'Ok'
                    WHEN bench_draw(n, 5) < 0.998 THEN 'Vd'
                    WHEN bench_draw(n, 5) < 0.999 THEN 'Re'
                    ELSE 'Up'
                END AS status
            FROM generate_series($1::bigint, $2::bigint) AS n
            OFFSET 0
        ) AS drawn
        OFFSET 0
    ) AS named
    OFFSET 0
) AS described;
