-- name: lock_event_head
-- Keep the relay from numbering this tenant's events, and another from making a webhook, until the
-- end of the transaction; tells the newest number.
INSERT INTO event_heads AS h (tenant_id, seq) VALUES ($1, 0)
ON CONFLICT (tenant_id) DO UPDATE SET seq = h.seq
RETURNING seq;

-- name: count_webhooks
SELECT count(*) AS size FROM webhooks WHERE tenant_id = $1;

-- name: insert_webhook
-- A new webhook, for events after $7.
INSERT INTO webhooks (tenant_id, id, url, events, description, secret, cursor_seq, head_seq)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7);

-- name: webhooks_of
-- A tenant's webhooks, or the one of them that is named, without their secrets. `pending` is
-- counted to 1000, among the next 10,000 events; where none of these is asked for, a later one is.
SELECT
    w.id, w.url, w.events, w.description, w.created_on, w.disabled_on, w.disabled_reason,
    w.failures, w.last_error, w.last_error_on, w.last_success_on, w.due_at,
    CASE WHEN w.cursor_seq >= w.head_seq THEN 0 ELSE (
        SELECT greatest(1, count(*)) FROM (
            SELECT FROM (
                SELECT n.seq, n.type, n.webhook_id FROM events AS n
                WHERE
                    n.tenant_id = w.tenant_id AND n.seq > w.cursor_seq AND n.seq <= w.head_seq
                ORDER BY n.seq LIMIT 10000
            ) AS e
            WHERE
                e.seq <> ALL(w.delivered)
                AND CASE
                    WHEN e.webhook_id IS NULL THEN w.events && ARRAY[e.type, '*']
                    ELSE e.webhook_id = w.id
                END
            LIMIT 1000
        ) AS waiting
    ) END AS pending
FROM webhooks AS w
WHERE w.tenant_id = $1 AND ($2::uuid IS NULL OR w.id = $2)
ORDER BY w.id LIMIT 1000;

-- name: change_webhook
-- Where it is, what it asks for ($4), what it is called ($5 says whether), whether it is enabled
-- ($7); null leaves as it is. One that is enabled again, or has moved, is tried at once. One that
-- has had everything hears of other types from now on, not of those gone by.
UPDATE webhooks AS w
SET
    url = COALESCE($3, w.url),
    events = COALESCE($4, w.events),
    description = CASE WHEN $5 THEN $6 ELSE w.description END,
    cursor_seq = CASE
        WHEN $4::text [] IS NOT NULL AND w.cursor_seq >= w.head_seq
            THEN (SELECT h.seq FROM event_heads AS h WHERE h.tenant_id = $1)
        ELSE w.cursor_seq
    END,
    disabled_on = CASE
        WHEN $7::boolean THEN NULL WHEN NOT $7 THEN COALESCE(w.disabled_on, now()) ELSE w.disabled_on
    END,
    disabled_reason = CASE
        WHEN $7 THEN NULL WHEN NOT $7 THEN COALESCE(w.disabled_reason, 'asked') ELSE w.disabled_reason
    END,
    failures = CASE WHEN $7 AND w.disabled_on IS NOT NULL THEN 0 ELSE w.failures END,
    failing_since = CASE WHEN $7 AND w.disabled_on IS NOT NULL THEN NULL ELSE w.failing_since END,
    due_at = CASE
        WHEN NOT COALESCE($7, w.disabled_on IS NULL) THEN NULL
        WHEN w.disabled_on IS NOT NULL OR $3::text IS NOT NULL THEN now()
        ELSE w.due_at
    END
WHERE w.tenant_id = $1 AND w.id = $2
RETURNING w.id;

-- name: rotate_webhook
-- Another secret; the former signs as well for $4 seconds.
UPDATE webhooks
SET old_secret = secret, old_secret_until = now() + make_interval(secs => $4::float8), secret = $3
WHERE tenant_id = $1 AND id = $2
RETURNING id;

-- name: delete_webhook
DELETE FROM webhooks WHERE tenant_id = $1 AND id = $2
RETURNING id;

-- name: claim_webhooks
-- For the workers, over all tenants: at most $1 that are due, those that failed last time ($2) or
-- the others, tenants in turns; whoever claims one has $3 seconds for it. Those of disabled tenants
-- wait until these are enabled again.
WITH due AS (
    SELECT first.*, row_number() OVER (PARTITION BY first.tenant_id ORDER BY first.due_at) AS turn
    FROM (
        SELECT w.tenant_id, w.id, w.due_at
        FROM webhooks AS w JOIN tenants AS t ON t.tenant_id = w.tenant_id
        WHERE w.due_at <= now() AND (w.failures > 0) = $2 AND t.disabled_on IS NULL
        ORDER BY w.due_at LIMIT 1000
    ) AS first
),
chosen AS (
    SELECT w.tenant_id, w.id
    FROM due JOIN webhooks AS w ON w.tenant_id = due.tenant_id AND w.id = due.id
    WHERE w.due_at <= now()
    ORDER BY due.turn, due.due_at LIMIT $1
    FOR UPDATE OF w SKIP LOCKED
)
UPDATE webhooks AS w SET due_at = now() + make_interval(secs => $3::float8)
FROM chosen
WHERE w.tenant_id = chosen.tenant_id AND w.id = chosen.id
RETURNING
    w.tenant_id, w.id, w.url, w.secret,
    CASE WHEN w.old_secret_until > now() THEN w.old_secret END AS old_secret,
    w.cursor_seq, w.head_seq, w.delivered, w.failures, w.due_at AS lease,
    COALESCE(extract(EPOCH FROM now() - w.failing_since), 0)::float8 AS failing_s;

-- name: pending_events
-- What a webhook is to hear next, with the URLs of what is ready, those of private originals signed
-- by $6 and $7. Its row is read beforehand, not joined, so that the events before its cursor are
-- not looked at.
SELECT
    e.seq, e.type, e.image_id, e.webhook_id, e.occurred_on,
    CASE WHEN e.keys IS NULL THEN e.data ELSE e.data || jsonb_build_object(
        'originalUrl', $4 || url_path(e.keys[1]) || CASE
            WHEN (SELECT t.originals FROM tenants AS t WHERE t.tenant_id = $1) = 'private'
                THEN $5 || url_signature(e.keys[1], $6, $7) ELSE ''
        END,
        'thumbnailUrl', $4 || url_path(e.keys[2]),
        'thumbnailMediumUrl', $4 || url_path(e.keys[3]),
        'thumbnailPreviewUrl', $4 || url_path(e.keys[4])
    ) END::text AS data
FROM events AS e
WHERE
    e.tenant_id = $1
    AND e.seq > (SELECT w.cursor_seq FROM webhooks AS w WHERE w.tenant_id = $1 AND w.id = $2)
    AND e.seq <> ALL((SELECT w.delivered FROM webhooks AS w WHERE w.tenant_id = $1 AND w.id = $2)::bigint [])
    AND CASE
        WHEN e.webhook_id IS NULL THEN
            (SELECT w.events FROM webhooks AS w WHERE w.tenant_id = $1 AND w.id = $2)
            && ARRAY[e.type, '*']
        ELSE e.webhook_id = $2
    END
ORDER BY e.seq LIMIT $3;

-- name: settle_webhook
-- What came of a claim, if it is still ours by its lease ($3): delivered up to $4, and $5 beyond.
-- $6 says whether anything was; $7 what went wrong, to be tried again after $8 seconds, unless $9
-- says why there will be no more of it.
UPDATE webhooks AS w
SET
    cursor_seq = $4,
    delivered = $5,
    last_success_on = CASE WHEN $6 THEN now() ELSE w.last_success_on END,
    failures = CASE WHEN $7::text IS NULL THEN 0 ELSE w.failures + 1 END,
    failing_since = CASE
        WHEN $7 IS NULL THEN NULL WHEN $6 THEN now() ELSE COALESCE(w.failing_since, now())
    END,
    last_error = COALESCE($7, w.last_error),
    last_error_on = CASE WHEN $7 IS NULL THEN w.last_error_on ELSE now() END,
    disabled_on = CASE WHEN $9::text IS NULL THEN NULL ELSE now() END,
    disabled_reason = $9,
    due_at = CASE
        WHEN $9 IS NOT NULL THEN NULL
        WHEN $7 IS NOT NULL THEN now() + make_interval(secs => $8::float8)
        WHEN $4 < w.head_seq THEN now()
    END
WHERE w.tenant_id = $1 AND w.id = $2 AND w.due_at = $3
RETURNING w.id;
