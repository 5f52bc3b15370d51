"""Two tenants whose rows are twins: the same ids, uids, references and hashes.

And the statements that are not of one tenant, each with the reason.
"""

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

OVER_ALL_TENANTS = {
    "forget_images": "the sweeper purges what was deleted long ago; it returns numbers only",
    "image_shares": "how lists are planned; it returns shares only",
    "due_images": "the sweeper rings for whoever waits; it returns numbers only",
    "queue_depth": "metrics of the installation; it returns counts only",
    "claim_deletions": "the sweeper deletes what is due, each row under its own tenant",
    "expired_records": "the sweeper ends what has expired, each row under its own tenant",
    "forget_categories": "the sweeper forgets what is long deleted; it returns ids only",
    "forget_keys": "the sweeper forgets what is expired, each row by itself",
    "claim_expired_uploads": "the sweeper clears what nobody finishes, likewise",
    "take_relay": "a lock of the installation; a yes or no only",
    "number_events": "the relay numbers what was committed, each row under its own tenant",
    "wake_webhooks": "the relay tells webhooks, each by its own tenant's numbers",
    "news_lag": "metrics of the installation; it returns ages only",
    "sweep_events": "the relay forgets what is old; it returns numbers only",
    "event_heads": "streams of the process, each told its own tenant's number",
    "claim_webhooks": "workers deliver what is due, each under its own tenant",
    "report_worker": "a worker serves every tenant; its report holds counts only",
    "retire_worker": "the same",
    "worker_reports": "the same",
    "insert_tenant": "makes a tenant, before which there is none",
    "lock_leaving_tenant": "workers take apart whichever tenant is to go, one at a time",
    "list_tenants": "tells operators of the tenants' names; no caller over HTTP",
    "tenant_by_name": "finds a tenant by the name that its caller gives",
    "take_turn": "the worker does a part of whichever operation is next, under its own tenant",
    "working_items": "the same of images that it looks after; it returns numbers only",
    "forget_items": "operations that ended long ago go, each row under its own tenant",
    "forget_operations": "the same",
    "fsck_tenants": "fsck walks from tenant to tenant; for operators",
    "fsck_estimate": "the length of fsck's bar; a number only",
    "backup_objects": "a backup is of the whole installation; for operators",
    "backup_has_rows": "a restore needs an empty installation; a yes or no only",
}
