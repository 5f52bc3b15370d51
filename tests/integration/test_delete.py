"""DELETE, restore and purge: gone at once, back as it was, or gone for good."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast
from uuid import uuid4

import pytest

from shared.domain.errors import ConflictError
from shared.domain.image import Role
from shared.usecases.images import Images
from shared.usecases.ports import Database, Statements
from tests.bucket import Bucket
from tests.client import URL_FIELDS, Client, assert_problem, make_client, picture
from worker.settings import Parts


async def test_delete_of_what_rests_is_204_and_then_404(client: Client, parts: Parts) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    answer = await client.delete("a.jpg")
    assert (answer.status, answer.body) == (204, b"")
    assert_problem(await client.get("a.jpg"), 404, "not-found")
    assert_problem(await client.delete("a.jpg"), 404, "not-found")


async def test_delete_while_processing_conflicts(client: Client, parts: Parts) -> None:
    await client.put("a.jpg", picture())
    answer = await client.delete("a.jpg")
    assert_problem(answer, 409, "processing")
    assert int(answer.headers["Retry-After"]) > 0
    await client.process(parts, "a.jpg")
    assert (await client.delete("a.jpg")).status == 204


async def test_a_deleted_images_urls_are_gone_and_restore_brings_them_back(
    client: Client, parts: Parts, bucket: Bucket
) -> None:
    row = await client.put_ok(parts, "a.jpg", picture())
    shown = (await client.get("a.jpg")).json
    await client.delete("a.jpg")
    for field in URL_FIELDS:
        assert_problem(await client.cdn(shown[field]), 410, "gone")
    await parts.sweeper.delete_due()
    assert len(await bucket.keys()) == 4
    restored = await client.call("POST", f"/images/by-uid/{row.uid}/restore")
    assert restored.status == 200
    assert [restored.json[field] for field in URL_FIELDS] == [shown[field] for field in URL_FIELDS]
    for field in URL_FIELDS:
        assert (await client.cdn(shown[field])).status == 200


async def test_restore_conflicts_when_the_name_was_taken_meanwhile(
    client: Client, parts: Parts
) -> None:
    old = await client.put_ok(parts, "a.jpg", picture())
    await client.delete("a.jpg")
    created = await client.put("a.jpg", picture(shade=7))
    assert created.status == 201
    assert created.json["id"] != old.id
    answer = await client.call("POST", f"/images/by-uid/{old.uid}/restore")
    assert_problem(answer, 409, "conflict", "reference")
    await client.process(parts, "a.jpg")
    await client.call("PATCH", "/images(a.jpg)", json={"reference": "b.jpg"})
    assert (await client.call("POST", f"/images/by-uid/{old.uid}/restore")).status == 200


async def test_restore_of_what_is_not_deleted_changes_nothing(client: Client, parts: Parts) -> None:
    row = await client.put_ok(parts, "a.jpg", picture())
    assert (await client.call("POST", f"/images/by-uid/{row.uid}/restore")).status == 200
    assert await client.row("a.jpg") == row


async def test_restore_of_what_never_was_is_404_or_400(client: Client) -> None:
    answer = await client.call("POST", f"/images/by-uid/{uuid4()}/restore")
    assert_problem(answer, 404, "not-found")
    assert_problem(
        await client.call("POST", "/images/by-uid/nonsense/restore"), 400, "validation", "uid"
    )


async def test_purge_removes_the_bytes(client: Client, parts: Parts, bucket: Bucket) -> None:
    row = await client.put_ok(parts, "a.jpg", picture())
    shown = (await client.get("a.jpg")).json
    assert (await client.delete("a.jpg", "?purge=true")).status == 204
    assert_problem(await client.cdn(shown["originalUrl"]), 404, "not-found")
    answer = await client.call("POST", f"/images/by-uid/{row.uid}/restore")
    assert_problem(answer, 404, "not-found")
    await parts.sweeper.delete_due()
    assert not await bucket.keys()


class Meddling:
    """A real database, in which something happens before each transaction."""

    def __init__(self, database: Database, before: Callable[[], Awaitable[object]]) -> None:
        self._database = database
        self._before = before

    def __getattr__(self, name: str) -> Any:
        """Return the real one's."""
        return getattr(self._database, name)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Statements]:
        """Meddle first."""
        await self._before()
        async with self._database.transaction() as statements:
            yield statements


async def test_a_purge_that_loses_to_a_restore_removes_no_bytes(
    client: Client, parts: Parts, bucket: Bucket
) -> None:
    row = await client.put_ok(parts, "a.jpg", picture())
    library = client.service.library
    restore = partial(library.images.restore, client.tenant, row.uid)
    images = Images(cast("Database", Meddling(library.database, restore)), library.bell)
    with pytest.raises(ConflictError):
        await images.purge(client.tenant, row.reference)
    await parts.sweeper.delete_due()
    assert len(await bucket.keys()) == 4
    assert (await client.get("a.jpg")).json["status"] == "Ok"


async def test_only_an_admin_purges(client: Client, parts: Parts) -> None:
    row = await client.put_ok(parts, "a.jpg", picture())
    editor = await make_client(client.service, "demo", Role.EDITOR)
    assert_problem(await editor.delete("a.jpg", "?purge=true"), 403, "forbidden")
    assert await client.row("a.jpg") == row


async def test_purge_while_processing_conflicts(client: Client) -> None:
    await client.put("a.jpg", picture())
    assert_problem(await client.delete("a.jpg", "?purge=true"), 409, "processing")


@pytest.mark.parametrize("query", ["?purge=maybe", "?purge=", "?purge=TRUE"])
async def test_a_purge_that_is_neither_true_nor_false_deletes_nothing(
    query: str, client: Client
) -> None:
    await client.put("a.jpg", picture())
    assert_problem(await client.delete("a.jpg", query), 400, "validation", "purge")


async def test_a_purge_given_twice_deletes_nothing(client: Client, parts: Parts) -> None:
    row = await client.put_ok(parts, "a.jpg", picture())
    answer = await client.delete("a.jpg", "?purge=false&purge=true")
    assert_problem(answer, 400, "validation", "purge")
    assert await client.row("a.jpg") == row


async def test_a_reader_may_neither_delete_nor_restore(client: Client, parts: Parts) -> None:
    row = await client.put_ok(parts, "a.jpg", picture())
    reader = await make_client(client.service, "demo", Role.READER)
    assert_problem(await reader.delete("a.jpg"), 403, "forbidden")
    answer = await reader.call("POST", f"/images/by-uid/{row.uid}/restore")
    assert_problem(answer, 403, "forbidden")
