-- name: take_relay
-- Be the one that numbers, until the end of the transaction; false if another is at it.
SELECT pg_try_advisory_xact_lock($1) AS taken;

-- name: number_events
-- For the relay, over all tenants: move what was committed from the outbox to the events, numbered
-- per tenant. `waiting` steps from tenant to tenant, beginning after $1, at most $2 of them; of each
-- at most $3 events are taken, in the order in which they were written. Those of tenants that are
-- gone go too. Tells the last number of each tenant, type and addressee.
WITH RECURSIVE waiting (tenant_id, place) AS (
    (SELECT tenant_id, 1 FROM outbox WHERE tenant_id > $1 ORDER BY tenant_id LIMIT 1)
    UNION ALL
    SELECT next.tenant_id, waiting.place + 1
    FROM waiting
    CROSS JOIN LATERAL (
        SELECT o.tenant_id FROM outbox AS o
        WHERE o.tenant_id > waiting.tenant_id
        ORDER BY o.tenant_id LIMIT 1
    ) AS next
    WHERE waiting.place < $2
),
taken AS (
    DELETE FROM outbox AS o
    USING (
        SELECT first.tenant_id, first.id
        FROM waiting
        CROSS JOIN LATERAL (
            SELECT f.tenant_id, f.id FROM outbox AS f
            WHERE f.tenant_id = waiting.tenant_id
            ORDER BY f.id LIMIT $3
        ) AS first
    ) AS chosen
    WHERE o.tenant_id = chosen.tenant_id AND o.id = chosen.id
    RETURNING o.*
),
counted AS (
    SELECT tenant_id, count(*) AS size FROM taken JOIN tenants USING (tenant_id) GROUP BY tenant_id
),
heads AS (
    INSERT INTO event_heads AS h (tenant_id, seq)
    SELECT tenant_id, size FROM counted ORDER BY tenant_id
    ON CONFLICT (tenant_id) DO UPDATE SET seq = h.seq + EXCLUDED.seq
    RETURNING tenant_id, seq
),
numbered AS (
    INSERT INTO events (tenant_id, seq, type, image_id, webhook_id, data, keys, occurred_on)
    SELECT
        taken.tenant_id,
        heads.seq - counted.size
        + row_number() OVER (PARTITION BY taken.tenant_id ORDER BY taken.id),
        taken.type, taken.image_id, taken.webhook_id, taken.data, taken.keys, taken.occurred_on
    FROM taken
    JOIN counted USING (tenant_id)
    JOIN heads USING (tenant_id)
    RETURNING tenant_id, seq, type, webhook_id
)
SELECT tenant_id, type, webhook_id, max(seq) AS last_seq, count(*) AS count
FROM numbered GROUP BY tenant_id, type, webhook_id;

-- name: wake_webhooks
-- For the relay: those that ask for what was numbered are due. One that is at work already, or
-- waits to be tried again, learns only that there is more.
WITH news AS (
    SELECT w.tenant_id, w.id, max(n.last_seq) AS last_seq
    FROM unnest($1::bigint [], $2::text [], $3::uuid [], $4::bigint [])
        AS n (tenant_id, type, webhook_id, last_seq)
    JOIN webhooks AS w
        ON w.tenant_id = n.tenant_id
        AND CASE
            WHEN n.webhook_id IS NULL THEN w.events && ARRAY[n.type, '*']
            ELSE n.webhook_id = w.id
        END
    GROUP BY w.tenant_id, w.id
)
UPDATE webhooks AS w
SET
    head_seq = news.last_seq,
    due_at = CASE WHEN w.disabled_on IS NULL THEN COALESCE(w.due_at, now()) END
FROM news
WHERE w.tenant_id = news.tenant_id AND w.id = news.id;

-- name: news_lag
-- For metrics, over all tenants: the age of the oldest event that has no number yet, among the first
-- of at most 1,000 tenants, and of the oldest that a webhook waits for, of the 200 that are due
-- longest. This is looked for among the next 100 events of each; where none of them is asked for, the
-- last one is, and it is as old as the failing at least. 0 where nothing waits. So a scrape costs the
-- same however far behind a receiver is.
WITH RECURSIVE waiting (tenant_id, occurred_on, place) AS (
    (SELECT tenant_id, occurred_on, 1 FROM outbox ORDER BY tenant_id, id LIMIT 1)
    UNION ALL
    SELECT next.tenant_id, next.occurred_on, waiting.place + 1
    FROM waiting
    CROSS JOIN LATERAL (
        SELECT o.tenant_id, o.occurred_on FROM outbox AS o
        WHERE o.tenant_id > waiting.tenant_id
        ORDER BY o.tenant_id, o.id LIMIT 1
    ) AS next
    WHERE waiting.place < 1000
),
behind AS (
    SELECT w.* FROM webhooks AS w JOIN tenants AS t ON t.tenant_id = w.tenant_id
    WHERE w.due_at IS NOT NULL AND w.cursor_seq < w.head_seq AND t.disabled_on IS NULL
    ORDER BY w.due_at LIMIT 200
),
undelivered (occurred_on) AS (
    SELECT COALESCE(
        (
            SELECT e.occurred_on FROM (
                SELECT n.seq, n.type, n.webhook_id, n.occurred_on FROM events AS n
                WHERE
                    n.tenant_id = w.tenant_id AND n.seq > w.cursor_seq AND n.seq <= w.head_seq
                ORDER BY n.seq LIMIT 100
            ) AS e
            WHERE
                e.seq <> ALL(w.delivered)
                AND CASE
                    WHEN e.webhook_id IS NULL THEN w.events && ARRAY[e.type, '*']
                    ELSE e.webhook_id = w.id
                END
            ORDER BY e.seq LIMIT 1
        ),
        (
            SELECT least(h.occurred_on, w.failing_since) FROM events AS h
            WHERE h.tenant_id = w.tenant_id AND h.seq = w.head_seq
        )
    )
    FROM behind AS w
)
SELECT
    COALESCE(extract(EPOCH FROM clock_timestamp() - (SELECT min(occurred_on) FROM waiting)), 0)::float8
        AS unnumbered_s,
    COALESCE(
        extract(EPOCH FROM clock_timestamp() - (SELECT min(occurred_on) FROM undelivered)), 0
    )::float8 AS undelivered_s;

-- name: sweep_events
-- For the relay, over all tenants: forget at most $2 events of each that are older than $1 days.
-- Only a tenant whose first event is so old is looked at any further.
DELETE FROM events AS e
USING (
    SELECT batch.tenant_id, batch.seq
    FROM event_heads AS h
    CROSS JOIN LATERAL (
        SELECT f.numbered_on FROM events AS f
        WHERE f.tenant_id = h.tenant_id
        ORDER BY f.seq LIMIT 1
    ) AS oldest
    CROSS JOIN LATERAL (
        SELECT s.tenant_id, s.seq, s.numbered_on FROM events AS s
        WHERE s.tenant_id = h.tenant_id
        ORDER BY s.seq LIMIT $2
    ) AS batch
    WHERE
        oldest.numbered_on < now() - make_interval(secs => $1 * 86400)
        AND batch.numbered_on < now() - make_interval(secs => $1 * 86400)
) AS old
WHERE e.tenant_id = old.tenant_id AND e.seq = old.seq
RETURNING e.tenant_id;

-- name: event_span
-- After which number a tenant's events are kept, and which is the newest.
SELECT
    h.seq AS head,
    COALESCE(
        (SELECT e.seq - 1 FROM events AS e WHERE e.tenant_id = $1 ORDER BY e.seq LIMIT 1), h.seq
    ) AS floor
FROM event_heads AS h WHERE h.tenant_id = $1;

-- name: event_heads
-- For those who wait in this process, over their tenants: the newest number of each.
SELECT tenant_id, seq FROM event_heads WHERE tenant_id = ANY($1::bigint []);

-- name: events_after
-- A tenant's next events, with the URLs of what is ready; those of private originals signed by $6
-- and $7.
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
WHERE e.tenant_id = $1 AND e.seq > $2
ORDER BY e.seq LIMIT $3;

-- name: announce
-- Something happened that is not an image's.
INSERT INTO outbox (tenant_id, type, data, webhook_id) VALUES ($1, $2, $3::jsonb, $4);
