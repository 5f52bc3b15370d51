-- tenants, keys, images and the bytes that belong to them
-- depends:

-- migrate: apply

CREATE TABLE tenants (
    tenant_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    created_on timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_keys (
    tenant_id  bigint NOT NULL REFERENCES tenants,
    key_sha256 bytea NOT NULL CHECK (octet_length(key_sha256) = 32),
    id         bigint GENERATED ALWAYS AS IDENTITY,
    role       smallint NOT NULL CHECK (role BETWEEN 1 AND 3),
    label      text NOT NULL,
    created_on timestamptz NOT NULL DEFAULT now(),
    revoked_on timestamptz,
    PRIMARY KEY (tenant_id, key_sha256),
    UNIQUE (tenant_id, id)
);

-- revision_counter hands out revision numbers; revision is the newest whose bytes arrived.
-- due_at is when somebody has to act: at once, when a retry is due, or when a lease runs out.
CREATE TABLE images (
    tenant_id             bigint NOT NULL REFERENCES tenants,
    id                    bigint GENERATED ALWAYS AS IDENTITY,
    uid                   uuid NOT NULL,
    reference             text NOT NULL CHECK (char_length(reference) BETWEEN 1 AND 255),
    kind                  text NOT NULL DEFAULT 'picture' CHECK (kind IN ('picture', 'binary')),
    status                text NOT NULL CHECK (status IN ('Vd', 'Up', 'Ok', 'Re', 'Er')),
    status_reason         text,
    status_detail         text,
    revision_counter      integer NOT NULL DEFAULT 0,
    revision              integer NOT NULL DEFAULT 0,
    attempt               integer NOT NULL DEFAULT 0,
    row_version           bigint NOT NULL DEFAULT 1,
    failures              integer NOT NULL DEFAULT 0,
    retries               integer NOT NULL DEFAULT 0,
    busy_since            timestamptz,
    due_at                timestamptz,
    served_revision       integer,
    served_attempt        integer,
    original_key          text,
    thumbnail_key         text,
    thumbnail_medium_key  text,
    thumbnail_preview_key text,
    file_type             text,
    content_type          text,
    width                 integer NOT NULL DEFAULT 0,
    height                integer NOT NULL DEFAULT 0,
    size_in_bytes         bigint NOT NULL DEFAULT 0,
    sha256                bytea,
    md5                   bytea,
    tags                  text[] NOT NULL DEFAULT '{}',
    title                 text,
    alt                   text,
    caption               text,
    gravity               text NOT NULL DEFAULT 'center',
    num_links             integer NOT NULL DEFAULT 0,
    created_on            timestamptz NOT NULL DEFAULT date_trunc('second', now()),
    modified_on           timestamptz NOT NULL DEFAULT date_trunc('second', now()),
    deleted_at            timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, uid),
    CONSTRAINT busy_is_due CHECK ((status IN ('Up', 'Re')) = (due_at IS NOT NULL)),
    CONSTRAINT busy_is_not_deleted CHECK (deleted_at IS NULL OR status NOT IN ('Up', 'Re'))
);
CREATE UNIQUE INDEX images_reference ON images (tenant_id, reference) WHERE deleted_at IS NULL;
CREATE INDEX images_due ON images (due_at) WHERE due_at IS NOT NULL;

-- An upload is written here before its first byte, and consumed by the commit to the image.
CREATE TABLE uploads (
    tenant_id     bigint NOT NULL REFERENCES tenants,
    id            uuid NOT NULL,
    image_id      bigint,
    uid           uuid NOT NULL,
    reference     text NOT NULL,
    revision      integer NOT NULL,
    base_revision integer,
    key           text NOT NULL,
    multipart_id  text,
    deadline_at   timestamptz NOT NULL,
    tries         integer NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX uploads_deadline ON uploads (deadline_at);

-- Every key that the bucket must hold. content_type is set once a worker has sniffed a picture.
CREATE TABLE objects (
    tenant_id     bigint NOT NULL,
    key           text NOT NULL,
    image_id      bigint NOT NULL,
    revision      integer NOT NULL,
    attempt       integer NOT NULL,
    role          text NOT NULL CHECK (role IN ('original', 'TH', 'THM', 'THP')),
    size_in_bytes bigint NOT NULL,
    sha256        bytea NOT NULL,
    content_type  text,
    PRIMARY KEY (tenant_id, key),
    FOREIGN KEY (tenant_id, image_id) REFERENCES images (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX objects_image ON objects (tenant_id, image_id, revision, attempt);

-- Every key that has to go, and when: superseded, abandoned, or written by nobody knows whom.
CREATE TABLE deletions (
    tenant_id bigint NOT NULL REFERENCES tenants,
    key       text NOT NULL,
    due_at    timestamptz NOT NULL,
    tries     integer NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, key)
);
CREATE INDEX deletions_due ON deletions (due_at);

-- Not a tenant's: what each worker process last said of itself.
CREATE TABLE workers (
    worker_id uuid PRIMARY KEY,
    seen_at   timestamptz NOT NULL DEFAULT now(),
    report    jsonb NOT NULL
);

-- migrate: rollback

DROP TABLE workers, deletions, objects, uploads, images, api_keys, tenants;
