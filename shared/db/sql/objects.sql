-- name: insert_object
-- A key that the bucket holds from now on.
INSERT INTO objects (
    tenant_id, key, image_id, revision, attempt, role, size_in_bytes, sha256, content_type
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: original_of
-- The original of one revision.
SELECT key, size_in_bytes, sha256 FROM objects
WHERE tenant_id = $1 AND image_id = $2 AND revision = $3 AND role = 'original';

-- name: revisions_of
-- Which revisions of an image have their original, the newest first, before one of them; those that
-- are being deleted have it no more.
SELECT
    o.revision, o.created_on, o.size_in_bytes, o.sha256, o.file_type, o.key, d.due_at AS kept_until
FROM objects AS o
LEFT JOIN deletions AS d ON d.tenant_id = o.tenant_id AND d.key = o.key
WHERE
    o.tenant_id = $1 AND o.image_id = $2 AND o.role = 'original' AND o.revision < $3
    AND COALESCE(d.tries, 0) = 0
ORDER BY o.revision DESC LIMIT $4;

-- name: served_object
-- What the CDN needs to know of a key; the tenant is named by the key itself.
SELECT
    o.size_in_bytes, o.sha256, o.content_type, i.reference, o.role,
    i.deleted_at IS NOT NULL OR t.is_leaving AS deleted, t.id AS tenant_id, i.id AS image_id,
    t.originals = 'private' AND o.role = 'original' AS is_private
FROM (
    SELECT tenant_id AS id, deleting_on IS NOT NULL AS is_leaving, originals
    FROM tenants WHERE name = $1
) AS t
JOIN objects AS o ON o.tenant_id = t.id AND o.key = $2
JOIN images AS i ON i.tenant_id = o.tenant_id AND i.id = o.image_id;

-- name: describe_original
-- The worker has sniffed a picture: from now on it may be shown inline.
UPDATE objects SET file_type = $4, content_type = $5
WHERE tenant_id = $1 AND image_id = $2 AND revision = $3 AND role = 'original'
RETURNING key;

-- name: supersede
-- Schedule what an image no longer needs: all but its newest original and what it serves.
INSERT INTO deletions (tenant_id, key, due_at)
SELECT o.tenant_id, o.key, now() + make_interval(days => $3)
FROM objects AS o
JOIN images AS i ON i.tenant_id = o.tenant_id AND i.id = o.image_id
WHERE
    o.tenant_id = $1 AND o.image_id = $2
    AND NOT (o.role = 'original' AND o.revision = i.revision)
    AND NOT COALESCE(
        o.revision = i.served_revision AND (o.role = 'original' OR o.attempt = i.served_attempt),
        FALSE
    )
ON CONFLICT (tenant_id, key) DO NOTHING;

-- name: schedule_purge
-- Schedule every key of an image for now.
INSERT INTO deletions (tenant_id, key, due_at)
SELECT tenant_id, key, now() FROM objects WHERE tenant_id = $1 AND image_id = $2
ON CONFLICT (tenant_id, key) DO UPDATE SET due_at = now();

-- name: intend
-- Before keys are written: unless a commit says otherwise, they have to go again.
INSERT INTO deletions (tenant_id, key, due_at)
SELECT $1, key, now() + make_interval(secs => $3::float8) FROM unnest($2::text []) AS key
ON CONFLICT (tenant_id, key) DO UPDATE SET due_at = EXCLUDED.due_at;

-- name: keep
-- The commit for keys that were intended; fewer rows back means that deleting has begun.
DELETE FROM deletions WHERE tenant_id = $1 AND key = ANY($2::text []) AND tries = 0
RETURNING key;

-- name: claim_deletions
-- For the sweeper, over all tenants: take what is due; it is due again later if this fails.
UPDATE deletions
SET tries = tries + 1, due_at = now() + make_interval(secs => least(15 * 2 ^ least(tries, 12), 3600))
WHERE (tenant_id, key) IN (
    SELECT tenant_id, key FROM deletions WHERE due_at <= now()
    ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
RETURNING tenant_id, key;

-- name: finish_deletion
-- The key is gone from the bucket.
WITH gone AS (DELETE FROM objects WHERE tenant_id = $1 AND key = $2)
DELETE FROM deletions WHERE tenant_id = $1 AND key = $2
RETURNING key;
