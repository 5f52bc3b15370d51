"""Two tenants whose rows are twins: the same ids, uids, references and hashes."""

from datetime import UTC, datetime
from uuid import UUID

LEASE = datetime(2100, 1, 1, tzinfo=UTC)
UID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
SHA = bytes(range(32))
MARK = "of the first tenant"

OTHER_OPERATION = UUID(int=8)
OPEN, ARRIVED = UUID(int=8), UUID(int=9)

FIRST, SECOND = 1, 2
TABLES = (
    "images",
    "objects",
    "uploads",
    "deletions",
    "api_keys",
    "tenants",
    "idempotency_keys",
    "outbox",
    "event_heads",
    "events",
    "webhooks",
    "credentials",
    "access_tokens",
    "digest_nonces",
    "staged_files",
    "tenant_usage",
    "products",
    "product_images",
    "links",
    "operations",
    "operation_items",
    "image_locales",
    "categories",
    "category_locales",
    "image_categories",
    "reference_records",
)

ROWS = """
INSERT INTO tenants (tenant_id, name) OVERRIDING SYSTEM VALUE VALUES ({tenant}, '{name}');
INSERT INTO api_keys (tenant_id, id, key_sha256, role, label) OVERRIDING SYSTEM VALUE
VALUES ({tenant}, 1, '\\x{sha}', 3, '{mark}');
INSERT INTO images (
    tenant_id, id, uid, reference, status, revision, attempt, title, sha256, served_revision,
    original_key, deleted_at
) OVERRIDING SYSTEM VALUE
VALUES ({tenant}, 1, '{uid}', 'a.jpg', 'Ok', 1, 1, '{mark}', '\\x{sha}', 1, '{name}/a', NULL),
({tenant}, 2, gen_random_uuid(), 'gone.jpg', 'Ok', 1, 1, '{mark}', '\\x{sha}', 1, NULL, now());
INSERT INTO objects VALUES ({tenant}, '{name}/a', 1, 1, 0, 'original', 1, '\\x{sha}', '{mark}');
INSERT INTO objects VALUES ({tenant}, '{name}/t', 1, 0, 1, 'TH', 1, '\\x{sha}', '{mark}');
INSERT INTO uploads VALUES (
    {tenant}, '{uid}', 1, '{uid}', '{mark}', 2, 1, '{name}/u', '{mark}', now() + interval '1h'
);
INSERT INTO idempotency_keys
(tenant_id, key, fingerprint, owner, locked_until, resources, expires_at)
VALUES ({tenant}, 'key', '\\x{sha}', '{uid}', now() - interval '1h', ARRAY['{mark}'], now());
INSERT INTO links VALUES ({tenant}, 1, 'shop', '1', NULL, '{mark}');
INSERT INTO uploads (
    tenant_id, id, image_id, uid, reference, revision, key, stage, size_in_bytes, arrived_key,
    expires_at, deadline_at
)
SELECT {tenant}, id, image_id, '{uid}', '{mark}', 0, '{name}/i', stage, 1, '{mark}', later, later
FROM (VALUES ('{open}'::uuid, 1, 'open'), ('{arrived}', 2, 'arrived')) AS made (id, image_id, stage)
CROSS JOIN (SELECT now() + interval '1h') AS clock (later);
INSERT INTO deletions VALUES ({tenant}, '{name}/a', now() + interval '1h');
INSERT INTO operations (tenant_id, id, kind, filter)
VALUES ({tenant}, '{uid}', 'tag', '{mark}'), ({tenant}, '{operation}', 'tag', '{mark}');
INSERT INTO operation_items (tenant_id, operation_id, image_id, revision, state, reference)
SELECT {tenant}, '{uid}', n, 1, state, '{mark}'
FROM (VALUES (1, 'done'), (2, 'failed'), (3, 'waiting')) AS made (n, state);
INSERT INTO event_heads VALUES ({tenant}, 1);
INSERT INTO webhooks (
    tenant_id, id, url, events, description, secret, cursor_seq, head_seq, due_at
)
VALUES ({tenant}, '{uid}', 'http://x/', '{{*}}', '{mark}', '\\x{sha}', 0, 1, '{lease}');
INSERT INTO events (tenant_id, seq, type, data, occurred_on)
VALUES ({tenant}, 1, 'image.ready', '{{"reference": "{mark}"}}', now());
INSERT INTO credentials (tenant_id, id, kind, identifier, secret, role, label)
OVERRIDING SYSTEM VALUE VALUES ({tenant}, 1, 'oauth', 'c', '\\x{sha}', 3, '{mark}');
INSERT INTO access_tokens VALUES ({tenant}, '\\x{sha}', 1, now() + interval '1h');
INSERT INTO staged_files (tenant_id, id, token_sha256, name, expires_at)
VALUES ({tenant}, '{uid}', '\\x{sha}', '{mark}', now() + interval '1h');
INSERT INTO categories (tenant_id, id, position, svg_icon, is_archived)
VALUES ({tenant}, '{uid}', 0, '{mark}', FALSE);
INSERT INTO category_locales VALUES ({tenant}, '{uid}', 'en', '{uid}', '{mark}');
INSERT INTO image_categories VALUES ({tenant}, '{uid}', 1);
INSERT INTO reference_records VALUES ({tenant}, 'shop', '1', 1, NULL, now() + interval '1h');
INSERT INTO image_locales VALUES ({tenant}, 1, 'en', '{uid}', '{mark}', '{mark}');
INSERT INTO products VALUES ({tenant}, '{uid}', '{mark}');
INSERT INTO product_images VALUES ({tenant}, '{uid}', 1, '{mark}', '{mark}', '{mark}');
INSERT INTO digest_nonces VALUES ({tenant}, 1, 'n', 5, 1::bit(64), now() + interval '1h');
"""

NEXT_NUMBERS = """
ALTER TABLE images ALTER COLUMN id RESTART WITH 100;
ALTER TABLE api_keys ALTER COLUMN id RESTART WITH 100;
ALTER TABLE credentials ALTER COLUMN id RESTART WITH 100;
"""
