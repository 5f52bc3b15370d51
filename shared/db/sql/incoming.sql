-- name: lock_incoming
-- Let the uploads that a tenant opens be counted one after the other.
SELECT tenant_id FROM tenants WHERE tenant_id = $1 FOR NO KEY UPDATE;

-- name: open_incoming
-- How many uploads of a tenant are open, and in how many seconds the first of them expires.
SELECT
    count(*) AS uploads,
    COALESCE(extract(EPOCH FROM min(expires_at) - now()), 0)::float8 AS expires_in_s
FROM uploads WHERE tenant_id = $1 AND stage = 'open' AND expires_at > now();

-- name: begin_incoming
-- Before anybody can write to its key: what a client announces. Its URL lives for $9 seconds, its
-- key for $10.
INSERT INTO uploads (
    tenant_id, id, image_id, uid, reference, revision, base_revision, key, size_in_bytes, sha256,
    part_bytes, stage, expires_at, deadline_at
)
VALUES (
    $1, $2, $3, $4, $5, 0, 0, $6, $7, $8, $11, 'open',
    now() + make_interval(secs => $9::float8), now() + make_interval(secs => $10::float8)
)
RETURNING expires_at;

-- name: attach_incoming
-- The upload belongs to an image, and S3 knows it by this id where it comes in parts.
UPDATE uploads SET image_id = $3, multipart_id = $4
WHERE tenant_id = $1 AND id = $2 AND tries = 0
RETURNING id;

-- name: expire_incoming
-- It came to nothing: nobody was told of its key, which the sweeper clears up in $3 seconds.
UPDATE uploads
SET stage = NULL, size_in_bytes = NULL, expires_at = NULL,
    deadline_at = now() + make_interval(secs => $3::float8)
WHERE tenant_id = $1 AND id = $2 AND stage = 'open' AND tries = 0
RETURNING id;

-- name: newest_incoming
-- What arrived for an image, else what was last announced, unless the sweeper has begun to clear it
-- up.
SELECT
    tenant_id, id, image_id, uid, reference, key, stage, size_in_bytes, sha256, part_bytes,
    multipart_id, arrived_key, expires_at, expires_at <= now() AS is_expired
FROM uploads WHERE tenant_id = $1 AND image_id = $2 AND stage IS NOT NULL AND tries = 0
ORDER BY stage = 'open', expires_at DESC LIMIT 1;

-- name: accept_incoming
-- Its bytes have arrived at $3, and stay until a worker has copied them. No row back means that
-- somebody else was faster, or that the sweeper has begun to clear up.
UPDATE uploads SET stage = 'arrived', arrived_key = $3, deadline_at = 'infinity'
WHERE tenant_id = $1 AND id = $2 AND stage = 'open' AND tries = 0
RETURNING id;

-- name: conclude_incoming
-- An image's bytes were copied, or judged: from now on they are nobody's. The row stays for what may
-- come late, as long as a URL lives and then for $3 seconds.
UPDATE uploads
SET stage = 'done', deadline_at = greatest(now(), expires_at + make_interval(secs => $3::float8))
WHERE tenant_id = $1 AND image_id = $2 AND stage = 'arrived'
RETURNING arrived_key;

-- name: note_arrival
-- The original of this revision is what was sent past the API.
UPDATE objects SET is_arrival = TRUE
WHERE tenant_id = $1 AND image_id = $2 AND revision = $3 AND role = 'original'
RETURNING key;

-- name: holds_arrival
-- Whether an image's newest original is one that was sent past the API.
SELECT EXISTS (
    SELECT FROM images AS i
    JOIN objects AS o
        ON o.tenant_id = i.tenant_id AND o.image_id = i.id AND o.revision = i.revision
    WHERE i.tenant_id = $1 AND i.id = $2 AND o.role = 'original' AND o.is_arrival
) AS holds;
