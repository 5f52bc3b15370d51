-- name: insert_sourced_image
-- A new image whose bytes a worker fetches; no row back means that the reference was taken.
INSERT INTO images (tenant_id, uid, reference, tags, fetched_from, status, busy_since, due_at)
VALUES ($1, $2, $3, $4, $5, 'Up', now(), now())
ON CONFLICT (tenant_id, reference) WHERE deleted_at IS NULL DO NOTHING
RETURNING *;

-- name: tenant_name
-- What a tenant's storage keys begin with.
SELECT name FROM tenants WHERE tenant_id = $1;
