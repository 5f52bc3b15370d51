-- uploads past the API: presigned, to keys that are never served
-- depends: 0007_key_order

-- migrate: apply

-- An upload with a stage is such a one: open until the client says that its bytes are there, arrived
-- until the worker has copied them, then done. Its row stays as long as bytes may come late to its
-- key. The bytes that count are at arrived_key, to which nobody has a URL that writes.
ALTER TABLE uploads
ADD COLUMN stage text CHECK (stage IN ('open', 'arrived', 'done')),
ADD COLUMN size_in_bytes bigint CHECK (size_in_bytes > 0),
ADD COLUMN sha256 bytea CHECK (octet_length(sha256) = 32),
ADD COLUMN part_bytes bigint CHECK (part_bytes > 0),
ADD COLUMN arrived_key text COLLATE "C",
ADD COLUMN expires_at timestamptz,
ADD CONSTRAINT incoming_has_size CHECK ((stage IS NULL) = (size_in_bytes IS NULL)),
ADD CONSTRAINT incoming_expires CHECK ((stage IS NULL) = (expires_at IS NULL)),
ADD CONSTRAINT arrived_is_somewhere CHECK (stage <> 'arrived' OR arrived_key IS NOT NULL);

CREATE INDEX uploads_incoming ON uploads (tenant_id, image_id, expires_at) WHERE stage IS NOT NULL;
CREATE INDEX uploads_open ON uploads (tenant_id, expires_at) WHERE stage = 'open';

-- migrate: rollback

DROP INDEX uploads_open, uploads_incoming;
ALTER TABLE uploads
DROP COLUMN expires_at,
DROP COLUMN arrived_key,
DROP COLUMN part_bytes,
DROP COLUMN sha256,
DROP COLUMN size_in_bytes,
DROP COLUMN stage;
