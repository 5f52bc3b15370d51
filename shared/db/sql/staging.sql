-- name: count_staged
-- How many files of a tenant wait for their image, and when the first of them expires; those that
-- have expired go, their bytes by the deadline of their upload.
WITH gone AS (
    DELETE FROM staged_files WHERE tenant_id = $1 AND expires_at <= now()
)
SELECT
    count(*) AS files,
    COALESCE(extract(EPOCH FROM min(expires_at) - now()), 0)::float8 AS expires_in_s
FROM staged_files WHERE tenant_id = $1 AND expires_at > now();

-- name: insert_staged
-- A file is announced; whoever has the token may send its bytes for $5 seconds.
INSERT INTO staged_files (tenant_id, id, token_sha256, name, expires_at)
VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5::float8))
RETURNING expires_at;

-- name: begin_staged
-- Its bytes are about to come, to a key that no bytes had before. No row back: there is no such file.
UPDATE staged_files AS f SET revision_counter = f.revision_counter + 1
FROM tenants AS t
WHERE t.tenant_id = f.tenant_id AND f.tenant_id = $1 AND f.token_sha256 = $2 AND f.expires_at > now()
RETURNING
    f.id, f.name, f.revision_counter, t.name AS tenant, t.disabled_on IS NOT NULL AS is_disabled;

-- name: fill_staged
-- The bytes are there, and wait $7 seconds more for their image. Gives the upload that they replace;
-- no row back: the file was used or has expired, or bytes that began later are there.
WITH before AS (
    SELECT tenant_id, id, upload_id FROM staged_files
    WHERE tenant_id = $1 AND id = $2 AND revision < $4 AND expires_at > now()
    FOR UPDATE
)
UPDATE staged_files AS f
SET upload_id = $3, revision = $4, key = $8, size_in_bytes = $5, sha256 = $6,
    expires_at = greatest(f.expires_at, now() + make_interval(secs => $7::float8))
FROM before
WHERE f.tenant_id = before.tenant_id AND f.id = before.id
RETURNING before.upload_id;

-- name: hold_upload
-- The bytes are there, and wait. No row back means that the deadline has passed.
UPDATE uploads SET deadline_at = now() + make_interval(secs => $3::float8)
WHERE tenant_id = $1 AND id = $2 AND tries = 0 AND deadline_at > now()
RETURNING id;

-- name: take_staged
-- The file becomes an image, in this transaction or not at all.
DELETE FROM staged_files WHERE tenant_id = $1 AND id = $2 AND expires_at > now()
RETURNING id, name, revision, upload_id, key, size_in_bytes, sha256;
