-- name: insert_tenant
-- A new tenant; no row back means that the name is taken.
INSERT INTO tenants (name, thumbnail_format) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING
RETURNING tenant_id, name;

-- name: tenant_by_name
SELECT tenant_id, name, originals FROM tenants WHERE name = $1;

-- name: wishes_of
-- In which format a tenant wants its thumbnails, and with which text over some.
SELECT thumbnail_format, watermark FROM tenants WHERE tenant_id = $1;

-- name: set_thumbnail_format
-- Change it for thumbnails that are made from now on.
UPDATE tenants SET thumbnail_format = $2 WHERE tenant_id = $1;

-- name: set_watermark
-- Change the text, null being none, for thumbnails that are made from now on.
UPDATE tenants SET watermark = $2 WHERE tenant_id = $1;

-- name: set_originals
-- Change who sees originals: the CDN follows at once, answers as soon as principals are forgotten.
UPDATE tenants SET originals = $2 WHERE tenant_id = $1;

-- name: list_tenants
-- For operators: the tenants, by name.
SELECT name, created_on FROM tenants ORDER BY name LIMIT 10000;

-- name: insert_key
-- A new API key, of which only the hash is kept.
INSERT INTO api_keys (tenant_id, key_sha256, role, label) VALUES ($1, $2, $3, $4)
RETURNING id;

-- name: principal_by_key
-- Who calls, by the hash of an API key that was not revoked.
SELECT
    k.role, k.label, t.tenant_id, t.name, t.originals, t.disabled_on IS NOT NULL AS is_disabled
FROM api_keys AS k
JOIN tenants AS t USING (tenant_id)
WHERE k.tenant_id = $1 AND k.key_sha256 = $2 AND k.revoked_on IS NULL;

-- name: list_keys
-- The keys of a tenant, newest last.
SELECT id, role, label, created_on, revoked_on FROM api_keys WHERE tenant_id = $1
ORDER BY id LIMIT 1000;

-- name: revoke_key
-- End a key; no row back means that the tenant has no such key in force.
UPDATE api_keys SET revoked_on = now()
WHERE tenant_id = $1 AND id = $2 AND revoked_on IS NULL
RETURNING id;

-- name: account_of
-- What a tenant uses and may use: exact, since every transaction settles its part at its commit.
SELECT
    t.max_bytes, t.max_images, t.max_file_bytes,
    COALESCE(sum(u.images), 0)::bigint AS images,
    COALESCE(sum(u.deleted_images), 0)::bigint AS deleted_images,
    COALESCE(sum(u.bytes), 0)::bigint AS bytes
FROM tenants AS t
LEFT JOIN tenant_usage AS u ON u.tenant_id = t.tenant_id
WHERE t.tenant_id = $1
GROUP BY t.tenant_id;

-- name: set_quota
-- Limits from now on, null being none; what is there already stays.
UPDATE tenants SET max_bytes = $2, max_images = $3, max_file_bytes = $4 WHERE tenant_id = $1;

-- name: describe_tenant
-- For operators: how a tenant stands, and how many keys and credentials it has in force.
SELECT
    t.name, t.created_on, t.thumbnail_format, t.watermark, t.originals, t.disabled_on, t.deleting_on,
    (SELECT count(*) FROM api_keys AS k WHERE k.tenant_id = t.tenant_id AND k.revoked_on IS NULL)
        AS keys,
    (
        SELECT count(*) FROM credentials AS c
        WHERE c.tenant_id = t.tenant_id AND c.revoked_on IS NULL
    ) AS credentials
FROM tenants AS t WHERE t.tenant_id = $1;

-- name: disable_tenant
-- From now on nobody may call for it; again is as once.
UPDATE tenants SET disabled_on = COALESCE(disabled_on, now()) WHERE tenant_id = $1;

-- name: enable_tenant
-- Let its keys in again; no row back means that it is being deleted. Webhooks that were failing have
-- all of their day anew, since nobody has tried them meanwhile.
WITH enabled AS (
    UPDATE tenants SET disabled_on = NULL WHERE tenant_id = $1 AND deleting_on IS NULL
    RETURNING tenant_id
),
spared AS (
    UPDATE webhooks AS w SET failing_since = now()
    FROM enabled WHERE w.tenant_id = enabled.tenant_id AND w.failing_since IS NOT NULL
)
SELECT tenant_id FROM enabled;

-- name: begin_tenant_deletion
-- From now on workers take it apart; no row back means that it is not disabled.
UPDATE tenants SET deleting_on = COALESCE(deleting_on, now())
WHERE tenant_id = $1 AND disabled_on IS NOT NULL
RETURNING tenant_id;

-- name: tenant_remains
-- How much of a tenant there is still, counted to 100,000 of each, and when the last thing that
-- waits for its time is due.
SELECT
    (SELECT count(*) FROM (SELECT FROM images WHERE tenant_id = $1 LIMIT 100000) AS i) AS images,
    (SELECT count(*) FROM (SELECT FROM deletions WHERE tenant_id = $1 LIMIT 100000) AS d) AS keys,
    (SELECT count(*) FROM (SELECT FROM uploads WHERE tenant_id = $1 LIMIT 100000) AS u) AS uploads,
    greatest(
        (SELECT max(due_at) FROM deletions WHERE tenant_id = $1),
        (SELECT max(deadline_at) FROM uploads WHERE tenant_id = $1)
    ) AS until
FROM tenants WHERE tenant_id = $1;

-- name: lock_leaving_tenant
-- For the sweeper, over all tenants: one that is being deleted, which no other worker has in hand.
SELECT tenant_id FROM tenants WHERE deleting_on IS NOT NULL AND tenant_id > $1
ORDER BY tenant_id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;

-- name: forget_tenant_rows
-- Delete a batch of what belongs to it and to no image; tells how many rows went.
SELECT forget_rows_of($1, $2) AS rows;

-- name: forget_tenant_images
-- Delete a batch of images, whatever state they are in; their keys go as every key does.
WITH taken AS (
    SELECT id FROM images WHERE tenant_id = $1 ORDER BY id LIMIT $2
),
scheduled AS (
    INSERT INTO deletions (tenant_id, key, due_at)
    SELECT o.tenant_id, o.key, now() FROM objects AS o
    JOIN taken ON o.image_id = taken.id
    WHERE o.tenant_id = $1
    ON CONFLICT (tenant_id, key) DO UPDATE SET due_at = now()
)
DELETE FROM images WHERE tenant_id = $1 AND id IN (SELECT id FROM taken)
RETURNING id;

-- name: end_tenant_uploads
-- Have its uploads cleared up: of one under way in $2 seconds, when nothing more can come of it; of
-- one past the API when its URL is over, and $3 seconds later.
WITH ended AS (
    UPDATE uploads SET
        stage = CASE WHEN stage IS NOT NULL THEN 'done' END,
        deadline_at = CASE
            WHEN stage IS NULL
                THEN least(deadline_at, now() + make_interval(secs => $2::float8))
            ELSE greatest(now(), expires_at + make_interval(secs => $3::float8))
        END
    WHERE
        tenant_id = $1 AND tries = 0 AND (
            stage IN ('open', 'arrived')
            OR stage IS NULL AND deadline_at > now() + make_interval(secs => $2::float8)
        )
    RETURNING tenant_id, key, arrived_key
)
INSERT INTO deletions (tenant_id, key, due_at)
SELECT DISTINCT tenant_id, arrived_key, now() FROM ended WHERE arrived_key <> key
ON CONFLICT (tenant_id, key) DO UPDATE SET due_at = now();

-- name: end_tenant
-- The tenant itself, once nothing of it is left and every process has heard, for $2 seconds, that it
-- is disabled; its name is free from then on.
DELETE FROM tenants AS t
WHERE
    tenant_id = $1 AND deleting_on IS NOT NULL
    AND disabled_on < now() - make_interval(secs => $2::float8)
    AND NOT EXISTS (SELECT FROM images AS i WHERE i.tenant_id = t.tenant_id)
    AND NOT EXISTS (SELECT FROM uploads AS u WHERE u.tenant_id = t.tenant_id)
    AND NOT EXISTS (SELECT FROM deletions AS d WHERE d.tenant_id = t.tenant_id)
RETURNING tenant_id;

-- name: duplicates_of
-- Which other images show the bytes of one revision of an image, the oldest first.
SELECT i.reference FROM objects AS o
JOIN images AS i ON i.tenant_id = o.tenant_id AND i.sha256 = o.sha256
WHERE
    o.tenant_id = $1 AND o.image_id = $2 AND o.revision = $3 AND o.role = 'original'
    AND i.id <> o.image_id AND i.deleted_at IS NULL
ORDER BY i.id LIMIT $4;
