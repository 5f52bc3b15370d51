"""Migrations: one process does them however many start, and code never runs on a schema not its."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator

import asyncpg
import pytest
from yarl import URL

from shared.db.migrate import check_schema, migrate
from shared.domain.errors import SchemaError, UnavailableError
from shared.settings import Settings
from tests.bucket import Bucket
from tests.client import Connection, running_service
from tests.servers import Servers
from worker.settings import open_parts

NEWER = "INSERT INTO _pogo_migration VALUES ('x', '9999_from_the_future', now(), 'public')"


@pytest.fixture
async def empty(servers: Servers) -> AsyncIterator[str]:
    """An empty database, by its URL."""
    name = f"{servers.runner}_empty"
    await servers.administer(f"CREATE DATABASE {name}")
    yield servers.database(name)
    await servers.administer(f"DROP DATABASE {name} WITH (FORCE)")


async def _tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    return {row["tablename"] for row in rows}


async def test_a_database_is_migrated_once(empty: str) -> None:
    applied = await migrate(empty)
    assert applied
    assert "images" in await _tables(empty)
    assert await migrate(empty) == []
    await check_schema(empty)


async def test_processes_that_start_at_once_migrate_once(empty: str) -> None:
    code = "import asyncio, sys; from shared.db.migrate import migrate; "
    code += "print(len(asyncio.run(migrate(sys.argv[1]))))"
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, empty, stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    outputs = [(await process.communicate())[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert sum(int(output) > 0 for output in outputs) == 1
    await check_schema(empty)


async def test_a_schema_that_is_older_says_what_to_run(
    empty: str, settings: Settings, bucket: Bucket
) -> None:
    with pytest.raises(SchemaError, match="fototeca migrate"):
        await check_schema(empty)
    old = Settings(**settings.model_dump() | {"database_url": empty})
    with pytest.raises(SchemaError, match="fototeca migrate"):
        async with running_service(old):
            pass
    with pytest.raises(SchemaError, match="fototeca migrate"):
        async with open_parts(old):
            pass
    assert not await bucket.keys()


async def test_code_that_is_older_than_the_schema_stops_with_a_sentence(
    settings: Settings, postgres: Connection
) -> None:
    url = settings.database_url.get_secret_value()
    await postgres.execute(NEWER)
    for attempt in (check_schema(url), migrate(url)):
        with pytest.raises(SchemaError, match=r"newer than this code.*9999_from"):
            await attempt
    with pytest.raises(SchemaError, match="newer than this code"):
        async with running_service(settings):
            pass


async def test_a_database_that_does_not_answer_is_unavailable(settings: Settings) -> None:
    url = URL(settings.database_url.get_secret_value()).with_port(1)
    with pytest.raises(UnavailableError):
        await migrate(str(url))
