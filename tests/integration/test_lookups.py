"""Single images: look-ups that wait together go together, and stay apart by tenant and fields."""

import asyncio
import os
import signal
from typing import Any

import pytest

from shared.db import lookups
from shared.db.database import PostgresDatabase
from shared.domain.errors import UnavailableError
from shared.domain.image import Role
from shared.usecases.lists_ports import Document, DocumentField
from tests.client import Client, Connection, make_client, picture
from tests.library import fill

SIZE = 60


async def _references(postgres: Connection) -> list[str]:
    rows = await postgres.fetch("SELECT reference FROM images ORDER BY id")
    return [row["reference"] for row in rows]


async def test_many_at_once_are_each_their_own(client: Client, postgres: Connection) -> None:
    await fill(client, postgres, SIZE)
    references = await _references(postgres)
    answers = await asyncio.gather(
        *(client.get(name) for name in references),
        *(client.get(name, "?$select=reference,uid") for name in references),
        *(client.get(f"no {name}") for name in references),
    )
    assert [answer.json["reference"] for answer in answers[:SIZE]] == references
    assert [list(answer.json) for answer in answers[SIZE : 2 * SIZE]] == [
        ["reference", "uid"]
    ] * SIZE
    assert {answer.status for answer in answers[2 * SIZE :]} == {404}


async def test_one_answers_as_the_list_does(client: Client, postgres: Connection) -> None:
    await fill(client, postgres, SIZE)
    listed = {
        row["id"]: row for row in (await client.call("GET", "/images?$top=100")).json["value"]
    }
    for image in listed.values():
        assert (await client.get(image["reference"])).json == image


async def test_same_name_of_two_tenants(client: Client, postgres: Connection) -> None:
    other = await make_client(client.service, "acme", Role.ADMIN)
    await fill(client, postgres, 1)
    (name,) = await _references(postgres)
    mine, theirs = await asyncio.gather(client.get(name), other.get(name))
    assert (mine.status, theirs.status) == (200, 404)


async def test_one_that_leaves_takes_nobody_along(client: Client, postgres: Connection) -> None:
    await fill(client, postgres, 2)
    first, second = await _references(postgres)

    def look_up(name: str) -> asyncio.Task[Document | None]:
        return asyncio.create_task(_look_up(client, name))

    leaving, staying, also = look_up(first), look_up(first), look_up(second)
    await asyncio.sleep(0)
    leaving.cancel()
    found = await asyncio.gather(staying, also)
    assert all(document is not None for document in found)
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_a_failure_reaches_all_who_wait_and_nobody_later(
    client: Client, postgres: Connection
) -> None:
    await fill(client, postgres, 2)
    names = await _references(postgres)
    await postgres.execute("BEGIN; LOCK TABLE images IN ACCESS EXCLUSIVE MODE")
    outcomes: list[Any] = await asyncio.gather(
        *(_look_up(client, name) for name in names), return_exceptions=True
    )
    await postgres.execute("ROLLBACK")
    assert [isinstance(outcome, UnavailableError) for outcome in outcomes] == [True] * len(names)
    assert await _look_up(client, names[0]) is not None


async def _look_up(client: Client, name: str) -> Document | None:
    database = client.service.library.database
    assert isinstance(database, PostgresDatabase)
    fields = [DocumentField("id", "id")]
    return await database.lookups.document(client.tenant.id, name, fields, "")


async def test_a_stuck_statement_holds_up_only_its_own(
    client: Client, postgres: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "TIMEOUT_S", 100)
    await fill(client, postgres, 2)
    first, second = await _references(postgres)
    assert await _look_up(client, first) is not None
    (stuck,) = await postgres.fetch(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        " AND query LIKE '%reference = ANY%' AND pid <> pg_backend_pid()"
    )
    os.kill(stuck["pid"], signal.SIGSTOP)
    try:
        waiting = asyncio.create_task(_look_up(client, first))
        for _ in range(3):  # until its statement is on its way
            await asyncio.sleep(0)
        async with asyncio.timeout(lookups.TIMEOUT_S / 2):
            assert await _look_up(client, second) is not None
        assert not waiting.done()
    finally:
        os.kill(stuck["pid"], signal.SIGCONT)
    assert await waiting is not None


async def test_no_answer_is_lost_with_connections_that_postgres_has_ended(
    client: Client, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    calls = [client.get("a.jpg") for _ in range(20)] + [
        client.call("GET", "/images?$top=3&$skip=0") for _ in range(20)
    ]
    assert {answer.status for answer in await asyncio.gather(*calls)} == {200}
    ended = await postgres.fetch(
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert len(ended) > 2
    for _ in range(20):
        assert (await client.get("a.jpg")).status == 200
        assert (await client.call("GET", "/images?$top=3")).status == 200
