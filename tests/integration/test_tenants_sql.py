"""Every named statement, run for a second tenant, sees and changes nothing of the first.

The second tenant's rows are twins of the first's: the same ids, uids, references and hashes, so
that a join that forgot its tenant would find too much.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from asyncpg import ForeignKeyViolationError

from shared.db.statements import SQL
from tests.client import Connection
from tests.servers import TEMPLATE, Servers
from tests.twins import (
    ARRIVED,
    FIRST,
    LEASE,
    MARK,
    NEXT_NUMBERS,
    OPEN,
    OTHER_OPERATION,
    OVER_ALL_TENANTS,
    ROWS,
    SECOND,
    SHA,
    TABLES,
    UID,
)

NEW_UID = UUID(int=7)

# $1, or what stands for it, is the second tenant throughout; the rest names the first's rows.
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "image_by_reference": (SECOND, "a.jpg"),
    "image_by_uid": (SECOND, UID),
    "image_by_id": (SECOND, 1),
    "image_by_sha256": (SECOND, SHA),
    "insert_image_record": (SECOND, "shop", "9", 1, None),
    "insert_category_record": (SECOND, "shop", "9", UID, None),
    "records_by_name": (SECOND, ["shop"], ["1"], False),
    "delete_record": (SECOND, "shop", "1", 1, False),
    "lock_categories": (SECOND,),
    "count_categories": (SECOND,),
    "category_by_id": (SECOND, UID, True),
    "category_names": (SECOND, [UID]),
    "categories_after": (SECOND, -1, UUID(int=0), 9),
    "categories_before": (SECOND, 9, UUID(int=0), 9),
    "category_ancestors": (SECOND, UID),
    "category_height": (SECOND, UID, None),
    "insert_category": (SECOND, NEW_UID, UID, None, None, False, 9),
    "update_category": (SECOND, UID, '{"position": 7}'),
    "put_category_names": (SECOND, UID, [NEW_UID], ["de"], ["x"]),
    "keep_category_names": (SECOND, UID, []),
    "delete_category": (SECOND, UID),
    "restore_categories": (SECOND, UID),
    "assign_category": (SECOND, UID, 1),
    "unassign_category": (SECOND, UID, 1),
    "images_of_category": (SECOND, UID, 0, 9),
    "locales_of": (SECOND, 1),
    "put_image_locale": (SECOND, 1, NEW_UID, "en", "by", "<p>x</p>"),
    "keep_image_locales": (SECOND, 1, []),
    "set_locale_words": (SECOND, 1, "words", True),
    "lock_image": (SECOND, 1),
    "insert_image": (SECOND, NEW_UID, "b.jpg", [], 1, "second/b", 1, SHA, "picture", "center"),
    "insert_void_image": (SECOND, NEW_UID, "b.jpg", []),
    "insert_sourced_image": (SECOND, NEW_UID, "c.jpg", [], "https://example.com/"),
    "tenant_name": (SECOND,),
    "next_revision": (SECOND, 1),
    "guarded_update": (SECOND, 1, ["Ok"], None, None, None, False, None, "{}", True, True),
    "extend_lease": (SECOND, 1, 1, 1, 60.0),
    "restore_image": (SECOND, 1),
    "purge_image": (SECOND, 1),
    "insert_object": (SECOND, "second/new", 1, 1, 1, "TH", 1, SHA, None),
    "original_of": (SECOND, 1, 1),
    "served_object": ("second", "first/a"),
    "describe_original": (SECOND, 1, 1, "png", "image/png"),
    "revisions_of": (SECOND, 1, 9, 9),
    "put_link": (SECOND, 1, "shop", "1", None, None),
    "delete_link": (SECOND, 1, "shop", "1"),
    "forget_key": (SECOND, "key"),
    "trim_keys": (SECOND, 1),
    "claim_key": (SECOND, "key", NEW_UID, SHA, 1.0, 1.0),
    "key_state": (SECOND, "key"),
    "hold_key": (SECOND, "key", UID, 1.0),
    "note_resource": (SECOND, "key", UID, "made"),
    "keep_answer": (SECOND, "key", UID, 201, "{}", b"", None, 1.0),
    "links_of": (SECOND, 1, "", "", 9),
    "move_num_links": (SECOND, 1, 1),
    "supersede": (SECOND, 1, 0),
    "schedule_purge": (SECOND, 1),
    "intend": (SECOND, ["first/a"], 0.0),
    "keep": (SECOND, ["first/a"]),
    "finish_deletion": (SECOND, "first/a"),
    "wishes_of": (SECOND,),
    "set_watermark": (SECOND, "text"),
    "set_thumbnail_format": (SECOND, "webp"),
    "set_originals": (SECOND, "private"),
    "insert_credential": (SECOND, "oauth", "d", SHA, 1, "label"),
    "list_credentials": (SECOND,),
    "revoke_credential": (SECOND, 1),
    "holder_of_credential": (SECOND, "oauth", "c"),
    "insert_token": (SECOND, 1, bytes(32), 60.0, 1),
    "principal_by_token": (SECOND, SHA),
    "delete_token": (SECOND, 1, SHA),
    "count_nonce": (SECOND, 1, "n", 6, 60.0),
    "count_staged": (SECOND,),
    "insert_staged": (SECOND, NEW_UID, bytes(32), "c.jpg", 60.0),
    "begin_staged": (SECOND, SHA),
    "fill_staged": (SECOND, UID, UID, 9, 1, SHA, 60.0, "second/d"),
    "hold_upload": (SECOND, UID, 60.0),
    "take_staged": (SECOND, UID),
    "insert_product": (SECOND, NEW_UID, "p"),
    "product_by_id": (SECOND, UID),
    "list_products": (SECOND, 0, 9),
    "insert_product_image": (SECOND, UID, 2, "n", "v", "a"),
    "product_image": (SECOND, UID, UID),
    "list_product_images": (SECOND, UID, 0, 9),
    "update_product_image": (SECOND, UID, UID, "n", None),
    "insert_key": (SECOND, bytes(32), 1, "label"),
    "principal_by_key": (SECOND, SHA),
    "list_keys": (SECOND,),
    "revoke_key": (SECOND, 1),
    "begin_upload": (SECOND, NEW_UID, 1, UID, "a.jpg", 2, 1, "second/c", 60.0),
    "note_multipart": (SECOND, UID, "m"),
    "consume_upload": (SECOND, UID),
    "forget_upload": (SECOND, UID),
    "expire_upload": (SECOND, UID, 0.0),
    "event_span": (SECOND,),
    "events_after": (SECOND, 0, 9, "http://cdn/", "?", b"", b""),
    "lock_event_head": (SECOND,),
    "count_webhooks": (SECOND,),
    "insert_webhook": (SECOND, NEW_UID, "http://x/", ["*"], None, SHA, 1),
    "webhooks_of": (SECOND, None),
    "change_webhook": (SECOND, UID, "http://y/", ["*"], True, None, False),
    "rotate_webhook": (SECOND, UID, bytes(32), 60.0),
    "delete_webhook": (SECOND, UID),
    "pending_events": (SECOND, UID, 9, "http://cdn/", "?", b"", b""),
    "settle_webhook": (SECOND, UID, LEASE, 1, [], True, "no", 1.0, None),
    "announce": (SECOND, "webhook.ping", "{}", None),
    "lock_incoming": (SECOND,),
    "open_incoming": (SECOND,),
    "begin_incoming": (SECOND, NEW_UID, 1, UID, "a.jpg", "second/c", 1, SHA, 9.0, 9.0, None),
    "attach_incoming": (SECOND, OPEN, 1, "m"),
    "expire_incoming": (SECOND, OPEN, 0.0),
    "newest_incoming": (SECOND, 1),
    "accept_incoming": (SECOND, OPEN, "second/d"),
    "conclude_incoming": (SECOND, 2, 0.0),
    "note_arrival": (SECOND, 1, 1),
    "holds_arrival": (SECOND, 1),
    "lock_acceptance": (SECOND,),
    "running_operations": (SECOND,),
    "insert_operation": (SECOND, NEW_UID, "delete", "true", [], [], None),
    "insert_items": (SECOND, UID, [7], [1]),
    "insert_undo_items": (SECOND, OTHER_OPERATION, UID, 0, 9),
    "settle_total": (SECOND, UID, 5),
    "operation_by_id": (SECOND, UID),
    "list_operations": (SECOND, None, 9),
    "failed_items": (SECOND, UID, 9),
    "cancel_operation": (SECOND, UID),
    "join_batches": (SECOND, UID),
    "wait_for_batches": (SECOND, UID),
    "lock_items": (SECOND, UID, 9),
    "begin_item": (SECOND, UID, 3, 1.0),
    "postpone_item": (SECOND, UID, 3, 1.0),
    "finish_item": (SECOND, UID, 3, "failed", "so", "a.jpg", 1, []),
    "advance_operation": (SECOND, UID, 1, 1),
    "account_of": (SECOND,),
    "set_quota": (SECOND, 1, 1, 1),
    "describe_tenant": (SECOND,),
    "disable_tenant": (SECOND,),
    "enable_tenant": (SECOND,),
    "begin_tenant_deletion": (SECOND,),
    "tenant_remains": (SECOND,),
    "forget_tenant_rows": (SECOND, 9),
    "forget_tenant_images": (SECOND, 9),
    "end_tenant_uploads": (SECOND, 0.0, 0.0),
    "end_tenant": (SECOND, 0.0),
    "duplicates_of": (SECOND, 1, 1, 9),
    "fsck_usage": (SECOND,),
    "fsck_mend_usage": (SECOND,),
    "fsck_mend_links": (SECOND, 1),
    "fsck_objects": (SECOND, "", 9),
    "fsck_is_recorded": (SECOND, "first/a"),
    "fsck_is_held": (SECOND, "first/a", UID),
    "fsck_delete_orphan": (SECOND, "first/a", UID),
    "fsck_images": (SECOND, 0, 9),
    "fsck_deletions": (SECOND, "", 9, -1e6, 0),
    "fsck_uploads": (SECOND, UUID(int=0), 9, -1e6, 0),
}


@pytest.fixture(scope="module")
async def filled(servers: Servers) -> AsyncIterator[Connection]:
    """Two tenants with the same rows, but that the first's are marked: made once for all tests."""
    database = f"{servers.runner}_twins"
    await servers.administer(f"CREATE DATABASE {database} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    connection = await asyncpg.connect(servers.database(database))
    for tenant, name, mark in ((FIRST, "first", MARK), (SECOND, "second", "of the second")):
        rows = ROWS.format(
            tenant=tenant,
            name=name,
            mark=mark,
            sha=SHA.hex(),
            uid=UID,
            open=OPEN,
            arrived=ARRIVED,
            lease=LEASE,
            operation=OTHER_OPERATION,
        )
        await connection.execute(rows)
    await connection.execute(NEXT_NUMBERS)
    yield connection
    connection.terminate()
    await servers.administer(f"DROP DATABASE {database} WITH (FORCE)")


@pytest.fixture
async def twins(filled: Connection) -> AsyncIterator[Connection]:
    """Lend them to one test, after which they are as before; what is deferred happens at once."""
    transaction = filled.transaction()
    await transaction.start()
    await filled.execute("SET CONSTRAINTS ALL IMMEDIATE")
    yield filled
    await transaction.rollback()


async def _of_first(postgres: Connection) -> Mapping[str, str]:
    query = "SELECT json_agg(t ORDER BY t::text)::text FROM {} AS t WHERE tenant_id = 1"
    return {table: await postgres.fetchval(query.format(table)) for table in TABLES}


def test_every_statement_is_either_of_a_tenant_or_of_all_with_a_reason() -> None:
    assert ARGUMENTS.keys() | OVER_ALL_TENANTS.keys() == SQL.keys()
    assert not ARGUMENTS.keys() & OVER_ALL_TENANTS.keys()


@pytest.mark.parametrize("name", ARGUMENTS)
async def test_a_statement_for_one_tenant_neither_sees_nor_changes_another(
    name: str, twins: Connection
) -> None:
    before = await _of_first(twins)
    rows = await twins.fetch(SQL[name], *ARGUMENTS[name])
    assert MARK not in str([dict(row) for row in rows])
    assert all(row.get("tenant_id", SECOND) == SECOND for row in rows)
    assert await _of_first(twins) == before


async def test_no_object_can_belong_to_anothers_image(twins: Connection) -> None:
    await twins.execute("DELETE FROM images WHERE tenant_id = $1", SECOND)
    with pytest.raises(ForeignKeyViolationError):
        await twins.fetch(SQL["insert_object"], *ARGUMENTS["insert_object"])


async def test_every_key_and_unique_index_starts_with_the_tenant(postgres: Connection) -> None:
    indexes = await postgres.fetch(
        """
        SELECT i.indrelid::regclass::text AS table, pg_get_indexdef(i.indexrelid, 1, TRUE) AS first
        FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid
        WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace
        """
    )
    starts = {(row["table"], row["first"]) for row in indexes}
    exempt = {("tenants", "name"), ("workers", "worker_id")}
    exempt |= {pair for pair in starts if pair[0].startswith("_pogo_")}
    assert {first for _, first in starts - exempt} == {"tenant_id"}


async def test_every_foreign_key_is_composite_with_the_tenant(postgres: Connection) -> None:
    keys = await postgres.fetch(
        """
        SELECT conrelid::regclass::text AS table, pg_get_constraintdef(oid) AS definition
        FROM pg_constraint WHERE contype = 'f'
        """
    )
    assert keys
    for row in keys:
        assert row["definition"].startswith("FOREIGN KEY (tenant_id"), dict(row)
