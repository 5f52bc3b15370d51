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
SELECT k.role, k.label, t.tenant_id, t.name, t.originals
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
