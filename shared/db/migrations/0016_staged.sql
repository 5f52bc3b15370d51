-- files whose bytes come before their image: contracts that upload first, and create afterwards
-- depends: 0008_incoming

-- migrate: apply

-- Its id will be the image's uid. Whoever has the token may send the bytes, until expires_at; they
-- wait as an upload, at the key that they will keep.
CREATE TABLE staged_files (
    tenant_id        bigint NOT NULL REFERENCES tenants,
    id               uuid NOT NULL,
    token_sha256     bytea NOT NULL CHECK (octet_length(token_sha256) = 32),
    name             text NOT NULL,
    revision_counter integer NOT NULL DEFAULT 0,
    revision         integer NOT NULL DEFAULT 0,
    upload_id        uuid,
    key              text COLLATE "C",
    size_in_bytes    bigint,
    sha256           bytea,
    expires_at       timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, token_sha256),
    CONSTRAINT staged_bytes_are_somewhere CHECK (
        (upload_id IS NULL) = (key IS NULL)
        AND (upload_id IS NULL) = (size_in_bytes IS NULL)
        AND (upload_id IS NULL) = (sha256 IS NULL)
    )
);
CREATE INDEX staged_files_expiry ON staged_files (tenant_id, expires_at);

-- migrate: rollback

DROP TABLE staged_files;
