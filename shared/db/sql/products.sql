-- name: insert_product
-- A new product.
INSERT INTO products (tenant_id, id, name) VALUES ($1, $2, $3)
RETURNING id, name, created_on;

-- name: product_by_id
SELECT id, name, created_on FROM products WHERE tenant_id = $1 AND id = $2;

-- name: list_products
-- A tenant's products, oldest first: ids begin with their time.
SELECT id, name, created_on FROM products WHERE tenant_id = $1
ORDER BY id OFFSET $2 LIMIT $3;

-- name: insert_product_image
-- A new image belongs to a product.
INSERT INTO product_images (tenant_id, product_id, image_id, name, version, author)
VALUES ($1, $2, $3, $4, $5, $6)
RETURNING image_id;

-- name: product_image
-- An image of a product, unless it was deleted; md5 is null until a worker has read the bytes.
SELECT
    i.uid AS id, p.name, p.version, p.author, i.created_on, i.status,
    COALESCE(i.served_revision, i.revision) AS revision, i.sha256, i.md5, i.size_in_bytes, p.product_id
FROM product_images AS p
JOIN images AS i ON i.tenant_id = p.tenant_id AND i.id = p.image_id AND i.deleted_at IS NULL
WHERE p.tenant_id = $1 AND p.product_id = $2 AND i.uid = $3;

-- name: list_product_images
-- The images of a product that were not deleted, oldest first.
SELECT
    i.uid AS id, p.name, p.version, p.author, i.created_on, i.status,
    COALESCE(i.served_revision, i.revision) AS revision, i.sha256, i.md5, i.size_in_bytes, p.product_id
FROM product_images AS p
JOIN images AS i ON i.tenant_id = p.tenant_id AND i.id = p.image_id AND i.deleted_at IS NULL
WHERE p.tenant_id = $1 AND p.product_id = $2
ORDER BY p.image_id OFFSET $3 LIMIT $4;

-- name: update_product_image
-- Another name or version; what is null stays.
UPDATE product_images AS p SET name = COALESCE($4, p.name), version = COALESCE($5, p.version)
FROM images AS i
WHERE
    i.tenant_id = p.tenant_id AND i.id = p.image_id AND i.deleted_at IS NULL
    AND p.tenant_id = $1 AND p.product_id = $2 AND i.uid = $3
RETURNING p.image_id;
