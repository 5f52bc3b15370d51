-- name: fsck_tenants
-- Tenants, all or one, in the order of what begins their keys.
SELECT tenant_id, name FROM tenants
WHERE ($1::text IS NULL OR name = $1) AND (name || '/') COLLATE "C" > $2
ORDER BY (name || '/') COLLATE "C" LIMIT $3;

-- name: fsck_objects
-- What the bucket must hold of a tenant, in the order in which S3 lists it.
SELECT tenant_id, key, image_id, revision, attempt, role, size_in_bytes, sha256
FROM objects WHERE tenant_id = $1 AND key > $2
ORDER BY key LIMIT $3;

-- name: fsck_is_recorded
-- Whether the bucket must still hold a key: nobody has begun to delete it, or an image can be made
-- of it.
SELECT key FROM objects AS o
WHERE tenant_id = $1 AND key = $2 AND NOT EXISTS (
    SELECT FROM deletions AS d WHERE d.tenant_id = o.tenant_id AND d.key = o.key AND d.tries > 0
)
UNION ALL
SELECT key FROM staged_files WHERE tenant_id = $1 AND key = $2 AND expires_at > now();

-- name: fsck_is_held
-- Whether somebody needs a key or will see to its end; $3 is the uid that stands in it. All is
-- looked at in one statement, so that nothing moves from one place to another meanwhile.
SELECT
    EXISTS (SELECT FROM objects WHERE tenant_id = $1 AND key = $2)
    OR EXISTS (SELECT FROM deletions WHERE tenant_id = $1 AND key = $2)
    OR EXISTS (SELECT FROM uploads WHERE tenant_id = $1 AND $2 IN (key, arrived_key))
    OR EXISTS (
        SELECT FROM images
        WHERE
            tenant_id = $1 AND uid = $3
            AND $2 IN (
                original_key, thumbnail_key, thumbnail_medium_key, thumbnail_preview_key,
                thumbnail_square_key, watermark_medium_key, watermark_preview_key
            )
    ) AS held;

-- name: fsck_delete_orphan
-- Have a key deleted of which nobody knows, unless somebody does after all; see fsck_is_held.
INSERT INTO deletions (tenant_id, key, due_at)
SELECT $1, $2, now()
WHERE
    NOT EXISTS (SELECT FROM objects WHERE tenant_id = $1 AND key = $2)
    AND NOT EXISTS (SELECT FROM uploads WHERE tenant_id = $1 AND $2 IN (key, arrived_key))
    AND NOT EXISTS (
        SELECT FROM images
        WHERE
            tenant_id = $1 AND uid = $3
            AND $2 IN (
                original_key, thumbnail_key, thumbnail_medium_key, thumbnail_preview_key,
                thumbnail_square_key, watermark_medium_key, watermark_preview_key
            )
    )
ON CONFLICT (tenant_id, key) DO NOTHING
RETURNING key;

-- name: fsck_images
-- A tenant's images by id: which should be worked on and since when, which keys they show that no
-- object has, whether their next revision number would be one that was used, and whether they show
-- another number of links than there are, reference records included, which count until their row
-- goes: all of a page's are counted in one walk.
WITH page AS MATERIALIZED (
    SELECT * FROM images WHERE tenant_id = $1 AND id > $2
    ORDER BY id LIMIT $3
),
linked AS (
    SELECT image_id, count(*) AS size FROM (
        SELECT image_id FROM links
        WHERE tenant_id = $1 AND image_id > $2 AND image_id <= (SELECT max(id) FROM page)
        UNION ALL
        SELECT image_id FROM reference_records
        WHERE tenant_id = $1 AND image_id > $2 AND image_id <= (SELECT max(id) FROM page)
    ) AS uses
    GROUP BY image_id
)
SELECT
    id, reference, status,
    status IN ('Up', 'Re') AS busy,
    extract(EPOCH FROM now() - due_at)::float8 AS overdue_s,
    revision_counter < revision AS counter_behind,
    num_links <> COALESCE(linked.size, 0) AS links_miscounted,
    ARRAY(
        SELECT shown.key
        FROM unnest(
            ARRAY[
                original_key, thumbnail_key, thumbnail_medium_key, thumbnail_preview_key,
                thumbnail_square_key, watermark_medium_key, watermark_preview_key
            ]
        ) AS shown (key)
        WHERE shown.key IS NOT NULL AND NOT EXISTS (
            SELECT FROM objects AS o WHERE o.tenant_id = i.tenant_id AND o.key = shown.key
        )
    ) AS unrecorded
FROM page AS i
LEFT JOIN linked ON linked.image_id = i.id
ORDER BY id;

-- name: fsck_mend_links
-- Add what an image's numLinks lacks: the difference, found at one moment, is as right at any later one.
WITH lacking AS MATERIALIZED (
    SELECT
        (SELECT count(*) FROM links WHERE tenant_id = $1 AND image_id = $2)
        + (SELECT count(*) FROM reference_records WHERE tenant_id = $1 AND image_id = $2)
        - num_links AS links
    FROM images WHERE tenant_id = $1 AND id = $2
)
UPDATE images AS i SET num_links = i.num_links + lacking.links, row_version = i.row_version + 1
FROM lacking
WHERE i.tenant_id = $1 AND i.id = $2
RETURNING i.id;

-- name: fsck_deletions
-- A tenant's keys that should be gone: due for $4 seconds, or tried $5 times.
SELECT key, tries, extract(EPOCH FROM now() - due_at)::float8 AS overdue_s FROM deletions
WHERE
    tenant_id = $1 AND key > $2
    AND (due_at < now() - make_interval(secs => $4::float8) OR tries >= $5)
ORDER BY key LIMIT $3;

-- name: fsck_uploads
-- A tenant's uploads that should be cleared up: over for $4 seconds, or tried $5 times.
SELECT id, key, tries, extract(EPOCH FROM now() - deadline_at)::float8 AS overdue_s FROM uploads
WHERE
    tenant_id = $1 AND id > $2
    AND (deadline_at < now() - make_interval(secs => $4::float8) OR tries >= $5)
ORDER BY id LIMIT $3;

-- name: fsck_estimate
-- How many objects there are, as Postgres believes; -1 where it never counted.
SELECT reltuples::bigint AS objects FROM pg_class WHERE oid = 'objects'::regclass;

-- name: fsck_usage
-- A tenant's counters beside what they should be. One statement sees one moment, at which they agree.
SELECT
    counted.images, counted.deleted_images, counted.bytes,
    found.images AS true_images, found.deleted_images AS true_deleted_images,
    stored.bytes + arrived.bytes AS true_bytes
FROM (
    SELECT
        COALESCE(sum(images), 0)::bigint AS images,
        COALESCE(sum(deleted_images), 0)::bigint AS deleted_images,
        COALESCE(sum(bytes), 0)::bigint AS bytes
    FROM tenant_usage WHERE tenant_id = $1
) AS counted
CROSS JOIN (
    SELECT count(*) AS images, count(deleted_at) AS deleted_images
    FROM images WHERE tenant_id = $1
) AS found
CROSS JOIN (
    SELECT COALESCE(sum(size_in_bytes), 0)::bigint AS bytes
    FROM objects WHERE tenant_id = $1 AND role = 'original'
) AS stored
CROSS JOIN (
    SELECT COALESCE(sum(size_in_bytes), 0)::bigint AS bytes
    FROM uploads WHERE tenant_id = $1 AND stage = 'arrived'
) AS arrived;

-- name: fsck_mend_usage
-- Add what counters lack: the difference, found at one moment, is as right at any later one.
INSERT INTO tenant_usage AS u (tenant_id, slot, images, deleted_images, bytes)
SELECT
    t.tenant_id, 0,
    (SELECT count(*) FROM images WHERE tenant_id = $1)
    - (SELECT COALESCE(sum(images), 0) FROM tenant_usage WHERE tenant_id = $1),
    (SELECT count(deleted_at) FROM images WHERE tenant_id = $1)
    - (SELECT COALESCE(sum(deleted_images), 0) FROM tenant_usage WHERE tenant_id = $1),
    (
        SELECT COALESCE(sum(size_in_bytes), 0) FROM objects
        WHERE tenant_id = $1 AND role = 'original'
    ) + (
        SELECT COALESCE(sum(size_in_bytes), 0) FROM uploads
        WHERE tenant_id = $1 AND stage = 'arrived'
    ) - (SELECT COALESCE(sum(bytes), 0) FROM tenant_usage WHERE tenant_id = $1)
FROM tenants AS t WHERE t.tenant_id = $1
ON CONFLICT (tenant_id, slot) DO UPDATE SET
    images = u.images + excluded.images,
    deleted_images = u.deleted_images + excluded.deleted_images,
    bytes = u.bytes + excluded.bytes;
