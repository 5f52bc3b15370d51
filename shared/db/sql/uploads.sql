-- name: begin_upload
-- Before the first byte: what is about to arrive, and until when.
INSERT INTO uploads (
    tenant_id, id, image_id, uid, reference, revision, base_revision, key, deadline_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + make_interval(secs => $9::float8));

-- name: note_multipart
-- The upload continues in parts, which S3 knows by this id.
UPDATE uploads SET multipart_id = $3 WHERE tenant_id = $1 AND id = $2
RETURNING id;

-- name: consume_upload
-- The commit: the bytes now belong to an image. No row back means that the deadline has passed.
DELETE FROM uploads WHERE tenant_id = $1 AND id = $2 AND tries = 0 AND deadline_at > now()
RETURNING id;

-- name: claim_expired_uploads
-- For the sweeper, over all tenants: take what nobody will finish; due again later if this fails.
UPDATE uploads
SET tries = tries + 1, deadline_at = now() + make_interval(secs => least(15 * 2 ^ least(tries, 12), 3600))
WHERE (tenant_id, id) IN (
    SELECT tenant_id, id FROM uploads WHERE deadline_at <= now()
    ORDER BY deadline_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
RETURNING tenant_id, id, key, multipart_id;

-- name: forget_upload
-- Nothing of it is left in the bucket.
DELETE FROM uploads WHERE tenant_id = $1 AND id = $2
RETURNING id;

-- name: expire_upload
-- It failed: the sweeper is to clear up in $3 seconds, unless the commit was heard after all.
UPDATE uploads SET deadline_at = now() + make_interval(secs => $3::float8)
WHERE tenant_id = $1 AND id = $2 AND tries = 0
RETURNING id;
