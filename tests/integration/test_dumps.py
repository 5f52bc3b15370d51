"""A used database is dumped before it is migrated; the last two dumps are kept."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from pogo_core.util import migrate as pogo

from deploy.embedded.programs import postgres_client
from shared.db import dump as database_dump
from shared.db.dump import restore
from shared.db.migrate import check_schema
from shared.settings import Settings
from tests.commands import fototeca
from tests.servers import Servers

MIGRATIONS = Path(__file__).parents[2] / "shared" / "db" / "migrations"
FIRST = "0001_library.sql"
STRICT = """#!/bin/sh
for each in "$@"; do
    case $each in --file=*) grep -n '^SET transaction_timeout' "${{each#--file=}}" && exit 3;; esac
done
exec {psql} "$@"
"""


@pytest.fixture
async def old(settings: Settings, servers: Servers, tmp_path: Path) -> AsyncIterator[Settings]:
    """A database as the first version made it."""
    name = f"{servers.runner}_old"
    await servers.administer(f"CREATE DATABASE {name}")
    url = servers.database(name)
    await make_old(url, tmp_path)
    yield settings.model_copy(update={"database_url": type(settings.database_url)(url)})
    await servers.administer(f"DROP DATABASE {name} WITH (FORCE)")


async def make_old(url: str, scratch: Path) -> None:
    """Apply the first migration alone."""
    first = scratch / "first"
    first.mkdir(exist_ok=True)
    shutil.copy(MIGRATIONS / FIRST, first)
    connection = await asyncpg.connect(url)
    await pogo.apply(connection, first, schema_name="public")
    await connection.close()


async def run(settings: Settings, statement: str) -> object:
    """Run a statement and return its first value."""
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def dumps(folder: Path) -> list[Path]:
    """Return everything in the folder, by name."""
    return sorted(folder.glob("*"))


async def test_a_used_database_is_dumped_before_it_is_migrated(
    old: Settings, servers: Servers, tmp_path: Path
) -> None:
    folder = tmp_path / "dumps"
    await run(old, "INSERT INTO tenants (name) VALUES ('demo')")
    code, output, errors = await fototeca(old, "migrate", f"--dump-to={folder}")
    assert code == 0, errors
    assert output.startswith("applied: 0002")
    (dump,) = dumps(folder)
    assert dump.stat().st_mode & 0o77 == 0
    name = f"{servers.runner}_back"
    await servers.administer(f"CREATE DATABASE {name}")
    back = servers.database(name)
    try:
        await restore(postgres_client("pg_restore"), back, dump)
        again = old.model_copy(update={"database_url": type(old.database_url)(back)})
        assert await run(again, "SELECT name FROM tenants") == "demo"
        assert await run(again, "SELECT count(*) FROM _pogo_migration") == 1
    finally:
        await servers.administer(f"DROP DATABASE {name} WITH (FORCE)")
    await check_schema(old.database_url.get_secret_value())


async def test_a_server_before_17_is_not_told_of_limits_that_it_does_not_know(
    old: Settings, servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here its part is played by a `psql` that refuses them as it does."""
    monkeypatch.setattr(database_dump, "LIMITS_TRANSACTIONS", 10**6)
    await run(old, "INSERT INTO tenants (name) VALUES ('demo')")
    dumped = tmp_path / "library.dump"
    url = old.database_url.get_secret_value()
    await database_dump.dump(postgres_client("pg_dump"), url, dumped)
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "pg_restore").symlink_to(postgres_client("pg_restore"))
    psql = programs / "psql"
    psql.write_text(STRICT.format(psql=postgres_client("psql")))
    psql.chmod(0o755)
    name = f"{servers.runner}_back"
    await servers.administer(f"CREATE DATABASE {name}")
    back = servers.database(name)
    try:
        await restore(programs / "pg_restore", back, dumped)
        again = old.model_copy(update={"database_url": type(old.database_url)(back)})
        assert await run(again, "SELECT name FROM tenants") == "demo"
    finally:
        await servers.administer(f"DROP DATABASE {name} WITH (FORCE)")


async def test_an_unused_database_and_one_that_lacks_nothing_are_not_dumped(
    old: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "dumps"
    assert (await fototeca(old, "migrate", f"--dump-to={folder}"))[0] == 0
    await run(old, "INSERT INTO tenants (name) VALUES ('demo')")
    assert (await fototeca(old, "migrate", f"--dump-to={folder}"))[0] == 0
    assert dumps(folder) == []


async def test_the_last_two_dumps_are_kept(old: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "dumps"
    folder.mkdir()
    for name in ("20200101T000000.dump", "20210101T000000.dump", "20220101T000000.part"):
        (folder / name).write_bytes(b"old")
    await run(old, "INSERT INTO tenants (name) VALUES ('demo')")
    await fototeca(old, "migrate", f"--dump-to={folder}")
    kept = dumps(folder)
    assert [path.name for path in kept[:1]] == ["20210101T000000.dump"]
    assert [path.suffix for path in kept] == [".dump", ".dump"]


async def test_what_cannot_be_dumped_is_not_migrated(old: Settings, tmp_path: Path) -> None:
    (tmp_path / "dumps").write_text("no folder")
    await run(old, "INSERT INTO tenants (name) VALUES ('demo')")
    code, _, errors = await fototeca(old, "migrate", f"--dump-to={tmp_path / 'dumps'}")
    assert code == 1
    assert errors.startswith("fototeca: ")
    assert await run(old, "SELECT count(*) FROM _pogo_migration") == 1
