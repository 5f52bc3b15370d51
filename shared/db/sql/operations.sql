-- name: lock_acceptance
-- One operation of a tenant is accepted at a time; false while another one is.
SELECT pg_try_advisory_xact_lock(hashtextextended('operations:' || $1::bigint, 0)) AS locked;

-- name: running_operations
-- How many operations of a tenant are under way.
SELECT count(*) AS running FROM operations WHERE tenant_id = $1 AND state = 'running';

-- name: insert_operation
-- Write down what was asked for; its images follow in the same transaction. No row back means that
-- what it is to undo is being undone already.
INSERT INTO operations (tenant_id, id, kind, filter, add_tags, remove_tags, undo_of)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (tenant_id, undo_of) WHERE undo_of IS NOT NULL AND state <> 'cancelled' DO NOTHING
RETURNING id;

-- name: insert_items
-- A batch of images that an operation means.
INSERT INTO operation_items (tenant_id, operation_id, image_id, revision)
SELECT $1, $2, meant.image_id, meant.revision
FROM unnest($3::bigint [], $4::integer []) AS meant (image_id, revision);

-- name: insert_undo_items
-- A batch of the images that operation $3 changed, from image $4 on, but for those that an undo of it
-- had met before it was cancelled: what was done to them since is left alone.
INSERT INTO operation_items (
    tenant_id, operation_id, image_id, revision, row_version, tags_before
)
SELECT i.tenant_id, $2, i.image_id, i.revision, i.row_version, i.tags_before
FROM operation_items AS i
WHERE
    i.tenant_id = $1 AND i.operation_id = $3 AND i.image_id > $4
    AND i.state = 'done' AND i.row_version IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM operations AS u
        JOIN operation_items AS met ON met.tenant_id = u.tenant_id AND met.operation_id = u.id
        WHERE
            u.tenant_id = $1 AND u.undo_of = $3
            AND met.image_id = i.image_id AND met.state = 'done'
    )
ORDER BY i.image_id LIMIT $5
RETURNING image_id;

-- name: settle_total
-- All images of a new operation are written down; where there is none, it is done.
UPDATE operations
SET
    total = $3,
    state = CASE WHEN $3 = 0 THEN 'done' ELSE state END,
    finished_on = CASE WHEN $3 = 0 THEN now() END
WHERE tenant_id = $1 AND id = $2
RETURNING *, NULL::uuid AS undone_by;

-- name: operation_by_id
-- One operation, and the last one that was to take it back: only this may not be cancelled.
SELECT
    o.*,
    (
        SELECT u.id FROM operations AS u
        WHERE u.tenant_id = $1 AND u.undo_of = o.id
        ORDER BY u.id DESC LIMIT 1
    ) AS undone_by
FROM operations AS o
WHERE o.tenant_id = $1 AND o.id = $2;

-- name: list_operations
-- A tenant's operations before $2, or all, the newest first: their ids grow with time.
SELECT
    o.*,
    (
        SELECT u.id FROM operations AS u
        WHERE u.tenant_id = $1 AND u.undo_of = o.id
        ORDER BY u.id DESC LIMIT 1
    ) AS undone_by
FROM operations AS o
WHERE o.tenant_id = $1 AND ($2::uuid IS NULL OR o.id < $2)
ORDER BY o.id DESC LIMIT $3;

-- name: failed_items
-- The first images with which an operation did not succeed, and why.
SELECT reference, reason, detail FROM operation_items
WHERE tenant_id = $1 AND operation_id = $2 AND state = 'failed'
ORDER BY image_id LIMIT $3;

-- name: cancel_operation
-- Begin no further image; no row back means that it has ended already.
UPDATE operations SET state = 'cancelled', finished_on = now()
WHERE tenant_id = $1 AND id = $2 AND state = 'running'
RETURNING id;

-- name: take_turn
-- For the worker, over all tenants: the operation that has waited longest, of the tenant that was
-- served longest ago, among those of which something is due. $1 tells reprocessing from the rest.
UPDATE operations SET served_at = clock_timestamp()
WHERE (tenant_id, id) = (
    SELECT o.tenant_id, o.id
    FROM operations AS o
    CROSS JOIN LATERAL (
        SELECT max(p.served_at) AS served_at FROM operations AS p
        WHERE p.tenant_id = o.tenant_id AND p.state = 'running' AND (p.kind = 'reprocess') = $1
    ) AS tenant
    WHERE
        o.state = 'running' AND (o.kind = 'reprocess') = $1
        AND EXISTS (
            SELECT FROM operation_items AS i
            WHERE
                i.tenant_id = o.tenant_id AND i.operation_id = o.id
                AND i.state = 'waiting' AND i.due_at <= now()
        )
    ORDER BY tenant.served_at, o.served_at, o.id LIMIT 1
)
RETURNING *, NULL::uuid AS undone_by;

-- name: join_batches
-- Until the end of this transaction, which is about to change images for operation $2: whoever takes
-- that back waits for it.
SELECT pg_advisory_xact_lock_shared(
    hashtextextended('batches:' || $1::bigint || ':' || $2::uuid, 0)
);

-- name: wait_for_batches
-- What was changed for operation $2, and for undos of it, is written down when this returns, if
-- nobody begins any more.
SELECT pg_advisory_xact_lock(hashtextextended('batches:' || $1::bigint || ':' || o.id, 0))
FROM operations AS o
WHERE o.tenant_id = $1 AND (o.id = $2 OR o.undo_of = $2);

-- name: lock_items
-- A few images of a running operation that are due, and that nobody else has at this moment.
SELECT image_id, revision, tries, row_version, tags_before
FROM operation_items
WHERE
    tenant_id = $1 AND operation_id = $2 AND state = 'waiting' AND due_at <= now()
    AND EXISTS (SELECT FROM operations WHERE tenant_id = $1 AND id = $2 AND state = 'running')
ORDER BY due_at, image_id LIMIT $3
FOR UPDATE SKIP LOCKED;

-- name: begin_item
-- The image is in Re for this operation; in $4 seconds somebody looks what became of it.
UPDATE operation_items
SET state = 'working', due_at = now() + make_interval(secs => $4::float8)
WHERE tenant_id = $1 AND operation_id = $2 AND image_id = $3 AND state = 'waiting'
RETURNING image_id;

-- name: postpone_item
-- Look at an image again in $4 seconds.
UPDATE operation_items
SET tries = tries + 1, due_at = now() + make_interval(secs => $4::float8)
WHERE
    tenant_id = $1 AND operation_id = $2 AND image_id = $3 AND state IN ('waiting', 'working')
RETURNING image_id;

-- name: finish_item
-- What became of an image; no row back means that somebody said so before.
UPDATE operation_items
SET
    state = CASE WHEN $4::text IS NULL THEN 'done' ELSE 'failed' END, reason = $4, detail = $5,
    reference = $6, row_version = $7, tags_before = $8
WHERE
    tenant_id = $1 AND operation_id = $2 AND image_id = $3 AND state IN ('waiting', 'working')
RETURNING image_id;

-- name: advance_operation
-- So many more images are done, so many failed; with the last one the operation is done.
UPDATE operations
SET
    done = done + $3, failed = failed + $4,
    state = CASE
        WHEN state = 'running' AND done + $3 + failed + $4 >= total THEN 'done' ELSE state
    END,
    finished_on = CASE
        WHEN state = 'running' AND done + $3 + failed + $4 >= total THEN now() ELSE finished_on
    END
WHERE tenant_id = $1 AND id = $2
RETURNING id;

-- name: working_items
-- For the worker, over all tenants: images that were begun, and at which it is time to look.
SELECT tenant_id, operation_id, image_id, revision FROM operation_items
WHERE state = 'working' AND due_at <= now()
ORDER BY due_at LIMIT $1;

-- name: forget_items
-- For the worker, over all tenants: the images of operations that ended $1 days ago, a batch.
DELETE FROM operation_items
WHERE (tenant_id, operation_id, image_id) IN (
    SELECT i.tenant_id, i.operation_id, i.image_id
    FROM operations AS o
    JOIN operation_items AS i ON i.tenant_id = o.tenant_id AND i.operation_id = o.id
    WHERE o.finished_on <= now() - make_interval(days => $1)
    LIMIT $2
)
RETURNING image_id;

-- name: forget_operations
-- For the worker, over all tenants: operations that ended $1 days ago and have no images any more.
DELETE FROM operations
WHERE (tenant_id, id) IN (
    SELECT o.tenant_id, o.id FROM operations AS o
    WHERE
        o.finished_on <= now() - make_interval(days => $1)
        AND NOT EXISTS (
            SELECT FROM operation_items AS i
            WHERE i.tenant_id = o.tenant_id AND i.operation_id = o.id
        )
    LIMIT $2
)
RETURNING id;
