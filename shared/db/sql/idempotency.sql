-- name: forget_key
-- A key whose time is over can be used for another request.
DELETE FROM idempotency_keys
WHERE tenant_id = $1 AND key = $2 AND expires_at <= now() AND locked_until <= now();

-- name: trim_keys
-- Forget some of a tenant's oldest keys where it has more than $2; it takes a look at each of these.
DELETE FROM idempotency_keys
WHERE (tenant_id, key) IN (
    SELECT tenant_id, key FROM idempotency_keys
    WHERE
        tenant_id = $1
        AND started_at < (
            SELECT started_at FROM idempotency_keys WHERE tenant_id = $1
            ORDER BY started_at DESC OFFSET $2 - 1 LIMIT 1
        )
        AND locked_until <= now()
    ORDER BY started_at LIMIT 1000 FOR UPDATE SKIP LOCKED
);

-- name: claim_key
-- Take a key that is new, or that an earlier try of the same request has left without an answer;
-- what that has made comes back. No row back means that it is another's, or answered.
INSERT INTO idempotency_keys AS k (tenant_id, key, owner, fingerprint, locked_until, expires_at)
VALUES (
    $1, $2, $3, $4, now() + make_interval(secs => $5::float8), now() + make_interval(secs => $6::float8)
)
ON CONFLICT (tenant_id, key) DO UPDATE
SET owner = EXCLUDED.owner, locked_until = EXCLUDED.locked_until, expires_at = EXCLUDED.expires_at
WHERE k.fingerprint = EXCLUDED.fingerprint AND k.status IS NULL AND k.locked_until <= now()
RETURNING resources;

-- name: key_state
-- What a key was used for, and the answer once there is one.
SELECT fingerprint, status, headers::text, body, digest FROM idempotency_keys
WHERE tenant_id = $1 AND key = $2;

-- name: hold_key
-- Who works on it needs the key for $4 seconds more; no row back means that it is another's now.
UPDATE idempotency_keys SET locked_until = now() + make_interval(secs => $4::float8)
WHERE tenant_id = $1 AND key = $2 AND owner = $3
RETURNING key;

-- name: note_resource
-- Within the transaction that makes something: note it. No row back means that the key is another's
-- now, and nothing may be made.
UPDATE idempotency_keys SET resources = array_append(resources, $4)
WHERE tenant_id = $1 AND key = $2 AND owner = $3
RETURNING key;

-- name: keep_answer
-- The request is done.
UPDATE idempotency_keys
SET
    status = $4, headers = $5::jsonb, body = $6, digest = $7, locked_until = now(),
    expires_at = now() + make_interval(secs => $8::float8)
WHERE tenant_id = $1 AND key = $2 AND owner = $3
RETURNING key;

-- name: forget_keys
-- For the sweeper, over all tenants: forget keys whose time is over.
DELETE FROM idempotency_keys
WHERE (tenant_id, key) IN (
    SELECT tenant_id, key FROM idempotency_keys
    WHERE expires_at <= now() AND locked_until <= now()
    ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
RETURNING tenant_id;
