-- who may log in by Digest or be given tokens
-- depends: 0007_key_order

-- migrate: apply

-- Of an OAuth client's secret only the hash is kept. Digest needs HA1 itself: sealed.
CREATE TABLE credentials (
    tenant_id     bigint NOT NULL REFERENCES tenants,
    id            bigint GENERATED ALWAYS AS IDENTITY,
    kind          text NOT NULL CHECK (kind IN ('digest', 'oauth')),
    identifier    text NOT NULL,
    secret        bytea NOT NULL,
    role          smallint NOT NULL CHECK (role BETWEEN 1 AND 3),
    label         text NOT NULL,
    created_on    timestamptz NOT NULL DEFAULT now(),
    revoked_on    timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, identifier)
);

CREATE TABLE access_tokens (
    tenant_id     bigint NOT NULL,
    token_sha256  bytea NOT NULL CHECK (octet_length(token_sha256) = 32),
    credential_id bigint NOT NULL,
    expires_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, token_sha256),
    FOREIGN KEY (tenant_id, credential_id) REFERENCES credentials (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX access_tokens_credential ON access_tokens (tenant_id, credential_id, expires_at);

-- Which counts of a nonce were used: the newest, and which of the 63 before it. Logged, for after a
-- crash an emptied table would let every header of the last minutes in again.
CREATE TABLE digest_nonces (
    tenant_id     bigint NOT NULL,
    credential_id bigint NOT NULL,
    nonce         text NOT NULL,
    newest        bigint NOT NULL,
    seen          bit(64) NOT NULL,
    expires_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, credential_id, nonce),
    FOREIGN KEY (tenant_id, credential_id) REFERENCES credentials (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX digest_nonces_expiry ON digest_nonces (tenant_id, credential_id, expires_at);

-- migrate: rollback

DROP TABLE digest_nonces, access_tokens, credentials;
