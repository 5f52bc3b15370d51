-- name: insert_image_record
-- Give an image, whose row is locked, a name; no row back means that the name is taken.
INSERT INTO reference_records (tenant_id, provider, id, image_id, expires_at)
VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, provider, id) DO NOTHING
RETURNING id;

-- name: insert_category_record
-- The same for a category.
INSERT INTO reference_records (tenant_id, provider, id, category_id, expires_at)
VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, provider, id) DO NOTHING
RETURNING id;

-- name: records_by_name
-- What these names stand for: those that have not expired, or where $4 only those that have.
SELECT r.provider, r.id, r.expires_at, r.image_id, r.category_id, i.uid AS image_uid
FROM unnest($2::text [], $3::text []) AS wanted (provider, id)
JOIN reference_records AS r
    ON r.tenant_id = $1 AND r.provider = wanted.provider AND r.id = wanted.id
LEFT JOIN images AS i ON i.tenant_id = r.tenant_id AND i.id = r.image_id
WHERE COALESCE(r.expires_at <= now(), FALSE) = $4;

-- name: delete_record
-- Take a name back, if it names the same as before; where $5, only if it has expired.
DELETE FROM reference_records
WHERE
    tenant_id = $1 AND provider = $2 AND id = $3 AND image_id IS NOT DISTINCT FROM $4
    AND (NOT $5 OR expires_at <= now())
RETURNING id;

-- name: expired_records
-- For the sweeper, over all tenants: what has expired, the longest first.
SELECT
    r.tenant_id, r.provider, r.id, r.expires_at, r.image_id, r.category_id, i.uid AS image_uid
FROM reference_records AS r
LEFT JOIN images AS i ON i.tenant_id = r.tenant_id AND i.id = r.image_id
WHERE r.expires_at <= now()
ORDER BY r.expires_at LIMIT $1;
