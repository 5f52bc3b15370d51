-- who uses an image, what came with each revision, and answers to requests that may come twice
-- depends: 0007_key_order

-- migrate: apply

CREATE TABLE links (
    tenant_id  bigint NOT NULL,
    image_id   bigint NOT NULL,
    provider   text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    url        text,
    label      text,
    created_on timestamptz NOT NULL DEFAULT date_trunc('second', now()),
    PRIMARY KEY (tenant_id, image_id, provider, id),
    FOREIGN KEY (tenant_id, image_id) REFERENCES images (tenant_id, id) ON DELETE CASCADE
);

-- Nobody knows either of what came before this migration.
ALTER TABLE objects ADD COLUMN created_on timestamptz, ADD COLUMN file_type text;
ALTER TABLE objects ALTER COLUMN created_on SET DEFAULT date_trunc('second', now());

-- `fingerprint` is of what was asked, `digest` of a form's files, known at its end only. `resources`
-- are what was made so far, each noted by the transaction that made it. `owner` works on the request
-- until `locked_until`; once there is a `status`, it was answered.
CREATE TABLE idempotency_keys (
    tenant_id    bigint NOT NULL REFERENCES tenants,
    key          text COLLATE "C" NOT NULL CHECK (char_length(key) BETWEEN 1 AND 255),
    fingerprint  bytea NOT NULL,
    owner        uuid NOT NULL,
    locked_until timestamptz NOT NULL,
    resources    text [] NOT NULL DEFAULT '{}',
    digest       bytea,
    status       smallint,
    headers      jsonb,
    body         bytea,
    started_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key)
);
CREATE INDEX idempotency_keys_started ON idempotency_keys (tenant_id, started_at);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);

-- migrate: rollback

DROP TABLE idempotency_keys, links;
ALTER TABLE objects DROP COLUMN created_on, DROP COLUMN file_type;
