-- name: image_by_reference
-- The image that a tenant knows by this name, unless it was deleted.
SELECT * FROM images WHERE tenant_id = $1 AND reference = $2 AND deleted_at IS NULL;

-- name: image_by_uid
-- One image, deleted or not.
SELECT * FROM images WHERE tenant_id = $1 AND uid = $2;

-- name: image_by_sha256
-- The newest image with these bytes, unless it was deleted.
SELECT * FROM images WHERE tenant_id = $1 AND sha256 = $2 AND deleted_at IS NULL
ORDER BY id DESC LIMIT 1;

-- name: image_by_id
-- One image, deleted or not.
SELECT * FROM images WHERE tenant_id = $1 AND id = $2;

-- name: image_shares
-- Which tenants have most images, each with its part of all and how many, as last sampled.
SELECT common.tenant_id, common.part, common.part * c.reltuples AS images
FROM pg_class AS c
JOIN pg_stats AS s ON s.schemaname = c.relnamespace::regnamespace::text AND s.tablename = c.relname
CROSS JOIN LATERAL unnest(
    s.most_common_vals::text::bigint [], s.most_common_freqs
) AS common (tenant_id, part)
WHERE c.oid = 'images'::regclass AND s.attname = 'tenant_id';

-- name: lock_image
-- One image, deleted or not, as it is until this transaction ends.
SELECT * FROM images WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE;

-- name: insert_image
-- A new image whose first revision has arrived; no row back means that the reference was taken.
INSERT INTO images (
    tenant_id, uid, reference, tags, status, revision_counter, revision, original_key,
    size_in_bytes, sha256, kind, gravity, busy_since, due_at
)
VALUES ($1, $2, $3, $4, 'Up', $5, $5, $6, $7, $8, $9, $10, now(), now())
ON CONFLICT (tenant_id, reference) WHERE deleted_at IS NULL DO NOTHING
RETURNING *;

-- name: next_revision
-- Hand out a revision number of an image; a number that is never committed stays unused.
UPDATE images SET revision_counter = revision_counter + 1
WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL
RETURNING revision_counter;

-- name: guarded_update
-- The one way in which an image changes: only from these statuses, and only while revision,
-- attempt and row version (where given) are still those that the caller saw. No row back means a
-- lost race. $8 is when somebody has to act next, in seconds from now; $9 the changed columns.
UPDATE images AS i
SET (
    status, status_reason, status_detail, reference, revision, attempt, failures, retries,
    served_revision, served_attempt, original_key, thumbnail_key, thumbnail_medium_key,
    thumbnail_preview_key, thumbnail_square_key, watermark_medium_key,
    watermark_preview_key, file_type, content_type, width, height, size_in_bytes, sha256, md5, dominant_color, placeholder, perceptual_hash, metadata, tags,
    title, alt, caption, gravity, fetched_from, source_missed_on, busy_since
) = (
    SELECT
        p.status, p.status_reason, p.status_detail, p.reference, p.revision, p.attempt,
        p.failures, p.retries, p.served_revision, p.served_attempt, p.original_key,
        p.thumbnail_key, p.thumbnail_medium_key, p.thumbnail_preview_key,
        p.thumbnail_square_key, p.watermark_medium_key, p.watermark_preview_key,
        p.file_type, p.content_type, p.width, p.height, p.size_in_bytes, p.sha256, p.md5,
        p.dominant_color, p.placeholder, p.perceptual_hash, p.metadata, p.tags, p.title, p.alt,
        p.caption, p.gravity, p.fetched_from, p.source_missed_on,
        CASE WHEN p.status IN ('Up', 'Re') THEN COALESCE(i.busy_since, now()) END
    FROM jsonb_populate_record(i, $9::jsonb) AS p
),
due_at = now() + make_interval(secs => $8::float8),
row_version = i.row_version + 1,
modified_on = CASE WHEN $10 THEN date_trunc('second', now()) ELSE i.modified_on END,
deleted_at = CASE WHEN $11 THEN now() END
WHERE
    i.tenant_id = $1 AND i.id = $2 AND i.deleted_at IS NULL
    AND i.status = ANY($3::text [])
    AND ($4::integer IS NULL OR i.revision = $4)
    AND ($5::integer IS NULL OR i.attempt = $5)
    AND ($6::bigint IS NULL OR i.row_version = $6)
    AND (NOT $7 OR i.due_at <= now())
RETURNING *;

-- name: extend_lease
-- A worker says that it is alive; no row back means that it is not its image any more.
UPDATE images SET due_at = now() + make_interval(secs => $5::float8)
WHERE
    tenant_id = $1 AND id = $2 AND revision = $3 AND attempt = $4
    AND status IN ('Up', 'Re') AND deleted_at IS NULL
RETURNING id;

-- name: restore_image
-- Bring a deleted image back as it was.
UPDATE images
SET deleted_at = NULL, row_version = row_version + 1, modified_on = date_trunc('second', now())
WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NOT NULL
RETURNING *;

-- name: forget_images
-- For the sweeper, over all tenants: what was deleted so many days ago is purged, as `purge` does.
WITH old AS (
    SELECT tenant_id, id FROM images
    WHERE deleted_at <= now() - make_interval(days => $1)
    ORDER BY deleted_at LIMIT $2
    FOR UPDATE SKIP LOCKED
), keys AS (
    INSERT INTO deletions (tenant_id, key, due_at)
    SELECT o.tenant_id, o.key, now() FROM objects AS o
    JOIN old ON o.tenant_id = old.tenant_id AND o.image_id = old.id
    ON CONFLICT (tenant_id, key) DO UPDATE SET due_at = now()
)
DELETE FROM images AS i USING old WHERE i.tenant_id = old.tenant_id AND i.id = old.id
RETURNING i.id;

-- name: purge_image
-- Forget a deleted image for good; its objects go with it, their keys are in deletions already.
DELETE FROM images
WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NOT NULL
RETURNING id;

-- name: due_images
-- For the sweeper, over all tenants: what nobody works on although somebody should. `busy` walks
-- from tenant to tenant in a circle, at most $1 of them, from anywhere on: where there are more,
-- each is met sooner or later. `due` takes one image of each at every turn, the longest due first,
-- and is asked for no more than $1: a tenant with very many keeps nobody out of the batch, and a
-- look costs the same however much is due. Each step names the index's columns as its order: that
-- and LIMIT 1 have Postgres take the next entry of it, also before it knows how much is due.
WITH RECURSIVE
origin AS MATERIALIZED (
    SELECT (random() * max(tenant_id))::bigint AS tenant_id FROM tenants
),
busy (place, tenant_id) AS (
    SELECT 0, tenant_id FROM origin
    UNION ALL
    SELECT
        place + 1,
        COALESCE(
            (
                SELECT i.tenant_id FROM images AS i
                WHERE i.due_at IS NOT NULL AND i.tenant_id > busy.tenant_id
                ORDER BY i.tenant_id, i.due_at, i.id LIMIT 1
            ),
            (
                SELECT i.tenant_id FROM images AS i
                WHERE i.due_at IS NOT NULL
                ORDER BY i.tenant_id, i.due_at, i.id LIMIT 1
            )
        )
    FROM busy
    WHERE place < $1
)
CYCLE tenant_id SET is_again USING passed,
due (turn, tenant_id, due_at, id, revision, attempt) AS (
    SELECT 0, tenant_id, '-infinity'::timestamptz, 0::bigint, 0, 0
    FROM (SELECT DISTINCT tenant_id FROM busy) AS busy
    UNION ALL
    SELECT due.turn + 1, next.*
    FROM due
    CROSS JOIN LATERAL (
        SELECT i.tenant_id, i.due_at, i.id, i.revision, i.attempt FROM images AS i
        WHERE
            i.tenant_id = due.tenant_id AND (i.due_at, i.id) > (due.due_at, due.id)
            AND i.due_at <= now()
        ORDER BY i.due_at, i.id LIMIT 1
    ) AS next
)
SELECT tenant_id, id, revision, attempt, now() - due_at > make_interval(secs => $2) AS overdue
FROM (SELECT * FROM due WHERE turn > 0 LIMIT $1) AS batch
ORDER BY turn, due_at;

-- name: queue_depth
-- For metrics, over all tenants: how many wait or are worked on (counted to 10,000), how long.
SELECT
    count(*) AS depth,
    COALESCE(max(extract(EPOCH FROM now() - busy_since)), 0)::float8 AS age_s,
    count(*) FILTER (WHERE status_reason = 'waiting_for_storage') AS waiting
FROM (SELECT busy_since, status_reason FROM images WHERE due_at IS NOT NULL LIMIT 10000) AS busy;

-- name: insert_void_image
-- A new image whose bytes are announced; no row back means that the reference was taken.
INSERT INTO images (tenant_id, uid, reference, tags, status)
VALUES ($1, $2, $3, $4, 'Vd')
ON CONFLICT (tenant_id, reference) WHERE deleted_at IS NULL DO NOTHING
RETURNING *;
