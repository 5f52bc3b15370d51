-- name: insert_credential
-- A new credential; its secret is a hash, or sealed.
INSERT INTO credentials (tenant_id, kind, identifier, secret, role, label)
VALUES ($1, $2, $3, $4, $5, $6)
RETURNING id;

-- name: list_credentials
-- The credentials of a tenant, newest last.
SELECT id, kind, identifier, role, label, created_on, revoked_on FROM credentials
WHERE tenant_id = $1
ORDER BY id LIMIT 1000;

-- name: revoke_credential
-- End a credential and its tokens; no row back means that the tenant has none of that id in force.
WITH ended AS (
    UPDATE credentials SET revoked_on = now()
    WHERE tenant_id = $1 AND id = $2 AND revoked_on IS NULL
    RETURNING tenant_id, id
), tokens AS (
    DELETE FROM access_tokens AS t USING ended
    WHERE t.tenant_id = ended.tenant_id AND t.credential_id = ended.id
)
SELECT id FROM ended;

-- name: holder_of_credential
-- Whom a user name or client id means, if it is in force.
SELECT
    c.id, c.secret, c.role, c.label, t.tenant_id, t.name, t.originals,
    t.disabled_on IS NOT NULL AS is_disabled
FROM credentials AS c
JOIN tenants AS t USING (tenant_id)
WHERE c.tenant_id = $1 AND c.kind = $2 AND c.identifier = $3 AND c.revoked_on IS NULL;

-- name: insert_token
-- A new token of a credential in force. What is over goes, and of too many those that end first.
WITH gone AS (
    DELETE FROM access_tokens
    WHERE tenant_id = $1 AND credential_id = $2 AND (
        expires_at <= now() OR token_sha256 IN (
            SELECT token_sha256 FROM access_tokens
            WHERE tenant_id = $1 AND credential_id = $2
            ORDER BY expires_at DESC OFFSET $5::int - 1
        )
    )
)
INSERT INTO access_tokens (tenant_id, token_sha256, credential_id, expires_at)
SELECT $1, $3, id, now() + make_interval(secs => $4::float8) FROM credentials
WHERE tenant_id = $1 AND id = $2 AND revoked_on IS NULL
RETURNING credential_id;

-- name: principal_by_token
-- Who calls, by the hash of a token that is neither over nor revoked.
SELECT
    c.role, c.label, t.tenant_id, t.name, t.originals, t.disabled_on IS NOT NULL AS is_disabled
FROM access_tokens AS a
JOIN credentials AS c ON c.tenant_id = a.tenant_id AND c.id = a.credential_id
JOIN tenants AS t ON t.tenant_id = a.tenant_id
WHERE a.tenant_id = $1 AND a.token_sha256 = $2 AND a.expires_at > now() AND c.revoked_on IS NULL;

-- name: delete_token
-- The client gives a token back (RFC 7009), which must be its own.
DELETE FROM access_tokens WHERE tenant_id = $1 AND credential_id = $2 AND token_sha256 = $3
RETURNING credential_id;

-- name: count_nonce
-- Use a nonce with a count for the first time: within 64 of the newest, in any order. No row back
-- means that this count was used, or may have been. Nonces that are over go meanwhile.
WITH gone AS (
    DELETE FROM digest_nonces
    WHERE tenant_id = $1 AND credential_id = $2 AND expires_at <= now() AND nonce <> $3
)
INSERT INTO digest_nonces AS n (tenant_id, credential_id, nonce, newest, seen, expires_at)
VALUES ($1, $2, $3, $4::bigint, 1::bit(64), now() + make_interval(secs => $5::float8))
ON CONFLICT (tenant_id, credential_id, nonce) DO UPDATE SET
    newest = greatest(n.newest, excluded.newest),
    seen = CASE
        WHEN excluded.newest > n.newest
            THEN (n.seen << least(excluded.newest - n.newest, 64)::int) | 1::bit(64)
        ELSE n.seen | (1::bit(64) << (n.newest - excluded.newest)::int)
    END
WHERE excluded.newest > n.newest
    OR (
        n.newest - excluded.newest < 64
        AND n.seen & (1::bit(64) << least(n.newest - excluded.newest, 64)::int) = 0::bit(64)
    )
RETURNING newest;
