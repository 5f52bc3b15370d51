"""Without Postgres every call is a 503 that says when to come again; with it, all goes on."""

import asyncio

import asyncpg
import pytest

from shared.db.executor import translated
from shared.domain.errors import UnavailableError
from shared.settings import Settings
from tests.backstage import job_of, running_worker, stalled_at
from tests.bucket import Bucket
from tests.client import (
    KEYS_OF_AN_IMAGE,
    Client,
    Connection,
    assert_problem,
    eventually,
    path_to,
    picture,
)
from tests.integration.away.conftest import Ways
from tests.relay import away
from worker.settings import Parts


async def _until_noticed(client: Client) -> None:
    """Wait for Postgres' sessions, which end a little later than the server that was killed."""

    async def is_away() -> bool:
        return (await client.get("a.jpg")).status == 503

    await eventually(is_away)


async def test_calls_are_503_until_it_is_back(client: Client, parts: Parts, ways: Ways) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    url = (await client.get("a.jpg")).json["originalUrl"]
    async with away(ways.postgres):
        await _until_noticed(client)
        for answer in (
            await client.get("a.jpg"),
            await client.call("GET", "/images"),
            await client.put("b.jpg", picture()),
            await client.delete("a.jpg"),
            await client.call("PATCH", path_to("a.jpg"), json={"title": "A"}),
            await client.cdn(url),
        ):
            assert_problem(answer, 503, "unavailable")
            assert int(answer.headers["Retry-After"]) > 0
        metrics = await client.call("GET", "/metrics")
        assert metrics.status == 200
        assert b"fototeca_postgres_up 0.0" in metrics.body

    async def is_back() -> bool:
        return (await client.get("a.jpg")).status == 200

    await eventually(is_back)
    assert (await client.put("b.jpg", picture())).status == 201
    assert (await client.cdn(url)).status == 200


async def _lose_the_session(parts: Parts, postgres: Connection) -> None:
    """Have a session end within a transaction and a savepoint, and go on as if it did not."""
    async with parts.database.transaction() as statements, statements.savepoint():
        await statements.tenant_by_name("demo")
        await postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND state = 'idle in transaction'"
        )

        async def is_taken_back() -> bool:
            """Whether the pool has the connection, which it takes as soon as it notices."""
            try:
                await statements.tenant_by_name("demo")
            except UnavailableError as error:
                return isinstance(error.__cause__, asyncpg.InterfaceError)
            return False

        await eventually(is_taken_back)
        await statements.tenant_by_name("demo")


async def test_a_session_that_ends_within_a_transaction_is_no_fault_of_ours(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    with pytest.raises(UnavailableError):
        await _lose_the_session(parts, postgres)
    assert (await client.put("a.jpg", picture())).status == 201
    with pytest.raises(UnavailableError), translated():  # as in the moment before it ends
        raise asyncpg.InternalClientError("cannot switch to state 12")


async def test_a_verdict_that_postgres_did_not_hear_is_reached_again(
    client: Client, parts: Parts, ways: Ways, bucket: Bucket
) -> None:
    await client.put("a.jpg", picture())
    stalled, gate = stalled_at(parts.worker, "storage", "put")
    working = asyncio.create_task(stalled.process(job_of(await client.row("a.jpg"))))
    await gate.reached.wait()
    async with away(ways.postgres):
        await _until_noticed(client)
        gate.opened.set()
        await working
    assert "lease_left" in parts.worker.tally.as_report()["outcomes"]
    row = await client.row("a.jpg")
    assert (row.status, row.attempt, row.failures) == ("Up", 1, 0)
    assert len(await bucket.keys()) == KEYS_OF_AN_IMAGE


async def test_a_worker_and_its_sweeper_outlive_a_restart(
    client: Client, settings: Settings, ways: Ways
) -> None:
    async with running_worker(settings):

        async def is_working() -> bool:
            return bool(await client.service.library.database.worker_reports())

        await eventually(is_working)
        async with away(ways.postgres):
            pass

        async def is_stored() -> bool:
            return (await client.put("a.jpg", picture())).status in {201, 409}

        await eventually(is_stored)

        async def is_ok() -> bool:
            return bool((await client.get("a.jpg")).json.get("status") == "Ok")

        await eventually(is_ok)
