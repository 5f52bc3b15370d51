-- name: lock_categories
-- Let a tenant's tree be changed by one after the other.
SELECT tenant_id FROM tenants WHERE tenant_id = $1 FOR NO KEY UPDATE;

-- name: count_categories
-- How many there are, the deleted ones included.
SELECT count(*) AS categories FROM categories WHERE tenant_id = $1;

-- name: category_by_id
-- One category; a deleted one only where $3.
SELECT * FROM categories WHERE tenant_id = $1 AND id = $2 AND (deleted_at IS NULL OR $3);

-- name: category_names
-- What categories are called, by language.
SELECT category_id, id, locale, name FROM category_locales
WHERE tenant_id = $1 AND category_id = ANY($2::uuid []) ORDER BY locale;

-- name: categories_after
-- The next ones after a place in the list.
SELECT * FROM categories
WHERE tenant_id = $1 AND deleted_at IS NULL AND (position, id) > ($2, $3)
ORDER BY position, id LIMIT $4;

-- name: categories_before
-- The last ones before a place in the list, the nearest first.
SELECT * FROM categories
WHERE tenant_id = $1 AND deleted_at IS NULL AND (position, id) < ($2, $3)
ORDER BY position DESC, id DESC LIMIT $4;

-- name: category_ancestors
-- A category that is not deleted, what it stands below, and so on up to a root.
WITH RECURSIVE path AS (
    SELECT id, parent_id FROM categories WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL
    UNION ALL
    SELECT c.id, c.parent_id FROM categories AS c
    JOIN path ON c.tenant_id = $1 AND c.id = path.parent_id
)
SELECT id FROM path;

-- name: category_height
-- How many levels a category has with all below it that is not deleted, or was deleted with $3.
WITH RECURSIVE below AS (
    SELECT id, 1 AS level FROM categories WHERE tenant_id = $1 AND id = $2
    UNION ALL
    SELECT c.id, below.level + 1 FROM categories AS c
    JOIN below ON c.tenant_id = $1 AND c.parent_id = below.id
    WHERE c.deleted_with IS NOT DISTINCT FROM $3::uuid
)
SELECT max(level) AS height FROM below;

-- name: insert_category
-- A new category, at the end of the list unless $4 says where.
INSERT INTO categories (tenant_id, id, parent_id, position, svg_icon, is_archived)
SELECT
    $1, $2, $3,
    COALESCE(
        $4::integer,
        (
            SELECT least(COALESCE(max(position) + 1, 0), $7) FROM categories
            WHERE tenant_id = $1 AND deleted_at IS NULL
        )
    ),
    $5, $6;

-- name: update_category
-- The columns that $3 has; the others stay.
UPDATE categories AS c
SET (parent_id, position, svg_icon, is_archived) = (
    SELECT p.parent_id, p.position, p.svg_icon, p.is_archived
    FROM jsonb_populate_record(c, $3::jsonb) AS p
),
modified_on = date_trunc('second', now())
WHERE c.tenant_id = $1 AND c.id = $2 AND c.deleted_at IS NULL;

-- name: put_category_names
-- What a category is called in these languages; those that it was named in before keep their ids.
INSERT INTO category_locales (tenant_id, category_id, id, locale, name)
SELECT $1, $2, id, locale, name
FROM unnest($3::uuid [], $4::text [], $5::text []) AS named (id, locale, name)
ON CONFLICT (tenant_id, category_id, locale) DO UPDATE SET name = EXCLUDED.name;

-- name: keep_category_names
-- Forget what it was called in other languages.
DELETE FROM category_locales
WHERE tenant_id = $1 AND category_id = $2 AND locale <> ALL($3::text []);

-- name: delete_category
-- Delete softly, with all below it that is not deleted yet.
WITH RECURSIVE below AS (
    SELECT id FROM categories WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL
    UNION ALL
    SELECT c.id FROM categories AS c
    JOIN below ON c.tenant_id = $1 AND c.parent_id = below.id
    WHERE c.deleted_at IS NULL
)
UPDATE categories SET deleted_at = date_trunc('second', now()), deleted_with = $2
WHERE tenant_id = $1 AND id IN (SELECT id FROM below);

-- name: restore_categories
-- Bring back what one deletion took along.
UPDATE categories
SET deleted_at = NULL, deleted_with = NULL, modified_on = date_trunc('second', now())
WHERE tenant_id = $1 AND deleted_with = $2;

-- name: assign_category
-- File an image, whose row is locked.
INSERT INTO image_categories (tenant_id, category_id, image_id) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING;

-- name: unassign_category
-- Take an image out.
DELETE FROM image_categories WHERE tenant_id = $1 AND category_id = $2 AND image_id = $3;

-- name: images_of_category
-- What is filed in a category and not deleted, by number, after one of them.
SELECT i.id, i.uid FROM image_categories AS a
JOIN images AS i ON i.tenant_id = a.tenant_id AND i.id = a.image_id
WHERE a.tenant_id = $1 AND a.category_id = $2 AND a.image_id > $3 AND i.deleted_at IS NULL
ORDER BY a.image_id LIMIT $4;

-- name: forget_categories
-- For the sweeper, over all tenants: what was deleted so many days ago goes, with all below it.
DELETE FROM categories AS c USING (
    SELECT tenant_id, id FROM categories
    WHERE deleted_at < now() - make_interval(days => $1)
    ORDER BY deleted_at LIMIT $2
) AS old
WHERE c.tenant_id = old.tenant_id AND c.id = old.id
RETURNING c.id;
