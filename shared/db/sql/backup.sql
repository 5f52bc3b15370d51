-- name: backup_objects
-- Everything that the bucket must hold, in the order in which S3 lists it; also files that came
-- before their image, as long as one can be made of them.
SELECT key, size_in_bytes, encode(sha256, 'hex') AS sha256 FROM objects
UNION ALL
SELECT key, size_in_bytes, encode(sha256, 'hex') FROM staged_files
WHERE key IS NOT NULL AND expires_at > now()
ORDER BY key;

-- name: backup_has_rows
-- Whether anybody has used this database.
SELECT EXISTS (SELECT FROM tenants) AS used;
