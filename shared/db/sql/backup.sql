-- name: backup_objects
-- Everything that the bucket must hold, in the order in which S3 lists it.
SELECT key, size_in_bytes, encode(sha256, 'hex') AS sha256 FROM objects ORDER BY key;

-- name: backup_has_rows
-- Whether anybody has used this database.
SELECT EXISTS (SELECT FROM tenants) AS used;
