-- name: report_worker
-- A worker says that it is alive and what it has done; those long silent are forgotten.
WITH forgotten AS (DELETE FROM workers WHERE seen_at < now() - interval '1 day')
INSERT INTO workers (worker_id, report) VALUES ($1, $2::jsonb)
ON CONFLICT (worker_id) DO UPDATE SET report = EXCLUDED.report, seen_at = now();

-- name: retire_worker
-- A worker says goodbye.
UPDATE workers SET seen_at = now() - interval '1 hour' WHERE worker_id = $1;

-- name: worker_reports
-- What the workers of the last day said, and how long ago.
SELECT worker_id, report::text, extract(EPOCH FROM now() - seen_at)::float8 AS age_s
FROM workers ORDER BY seen_at DESC LIMIT 1000;
