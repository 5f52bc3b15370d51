-- name: put_link
-- Say what uses an image; `is_new` if nobody had said so. The image's row is locked meanwhile.
INSERT INTO links (tenant_id, image_id, provider, id, url, label)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, image_id, provider, id)
DO UPDATE SET url = EXCLUDED.url, label = EXCLUDED.label
RETURNING provider, id, url, label, created_on, xmax = 0 AS is_new;

-- name: delete_link
-- It does not use the image any more; no row back means that nobody had said so.
DELETE FROM links WHERE tenant_id = $1 AND image_id = $2 AND provider = $3 AND id = $4
RETURNING id;

-- name: links_of
-- What uses an image, by provider and id, after one of them.
SELECT provider, id, url, label, created_on FROM links
WHERE tenant_id = $1 AND image_id = $2 AND (provider, id) > ($3, $4)
ORDER BY provider, id LIMIT $5;

-- name: move_num_links
-- The one way in which num_links moves: with what it counts, in one transaction. The row version
-- moves, for the number is shown; the image itself was not modified.
UPDATE images SET num_links = num_links + $3, row_version = row_version + 1
WHERE tenant_id = $1 AND id = $2
RETURNING id;
