"""Databases of ten thousand to ten million images, built once and then used again.

The rows stand in `rows.sql`, the schema is the migrations'. Secondary indexes are dropped while
the rows are written and made again afterwards, from their own definitions: at 200,000 rows that
was measured to take half as long as with the indexes in place.
"""

import asyncio
import hashlib
import json
import re
import time
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TypeAlias

import asyncpg

from shared.db.migrate import migrate
from tests.benchmarks.scratch import Scratch, connected

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

SIZES = {"10k": 10_000, "1m": 1_000_000, "10m": 10_000_000}
TENANTS = ("large", "middle", "small")
BATCH_ROWS = 50_000
WRITERS = 2
WHILE_BUILDING = {"max_wal_size": "8GB", "checkpoint_timeout": "30min", "autovacuum": "off"}
SESSION = "SET synchronous_commit = off; SET maintenance_work_mem = '1GB'"
RECIPE = Path(__file__).with_name("rows.sql")


@dataclass(frozen=True, slots=True)
class Library:
    """A database of so many images, and its tenants' ids by name."""

    size: str
    database: str
    tenants: dict[str, int]

    @property
    def rows(self) -> int:
        """How many images all tenants have."""
        return SIZES[self.size]


async def keep_library(scratch: Scratch, size: str) -> Library:
    """Give the database of this size: the one that is there, migrated, or a new one."""
    database = f"list_{size}"
    if await _made_from(scratch, database) is None:
        await _build(scratch, database, SIZES[size])
    elif applied := await migrate(scratch.database_url(database)):
        print(f"{size}: applied {', '.join(applied)}", flush=True)
        async with connected(scratch.database_url(database)) as connection:
            await connection.execute("VACUUM (ANALYZE) images")
            await _remember(connection, database, _sources())
    async with connected(scratch.database_url(database)) as connection:
        rows = await connection.fetch("SELECT name, tenant_id FROM tenants")
    return Library(size, database, {row["name"]: row["tenant_id"] for row in rows})


async def _made_from(scratch: Scratch, database: str) -> dict[str, str] | None:
    """Return what a finished database was made from; None if it is not there or of old sources.

    Migrations that came later are no reason to begin again: they are applied.
    """
    async with connected(scratch.endpoints.database_url) as connection:
        note = await connection.fetchval(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1",
            database,
        )
    made_from: dict[str, str] = json.loads(note or "{}")
    is_current = made_from.items() <= _sources().items() and RECIPE.name in made_from
    return made_from if is_current else None


def _sources() -> dict[str, str]:
    """Give the hashes of the recipe and of every migration, by name."""
    texts = {RECIPE.name: RECIPE.read_bytes()}
    for path in files("shared.db").joinpath("migrations").iterdir():
        if re.fullmatch(r"\d{4}_\w+\.sql", path.name):
            texts[path.name] = path.read_bytes()
    return {name: hashlib.sha256(text).hexdigest()[:16] for name, text in texts.items()}


async def _remember(connection: Connection, database: str, made_from: dict[str, str]) -> None:
    """Write down what the database was made from; only a finished one has such a note."""
    await connection.execute(f"COMMENT ON DATABASE {database} IS '{json.dumps(made_from)}'")


async def _build(scratch: Scratch, database: str, size: int) -> None:
    """Make the database anew."""
    began, made_from = time.monotonic(), _sources()
    url = scratch.database_url(database)
    async with connected(scratch.endpoints.database_url) as server:
        await server.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        await server.execute(f"CREATE DATABASE {database}")
        for name, value in WHILE_BUILDING.items():
            await server.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        await server.execute("SELECT pg_reload_conf()")
    try:
        await migrate(url)
        async with connected(url) as connection:
            await connection.execute(SESSION)
            await _fill(url, connection, size)
            print(f"{database}: {size:,} rows after {time.monotonic() - began:.0f} s", flush=True)
            await connection.execute("VACUUM (FREEZE, ANALYZE) images")
            await _remember(connection, database, made_from)
    finally:
        async with connected(scratch.endpoints.database_url) as server:
            for name in WHILE_BUILDING:
                await server.execute(f"ALTER SYSTEM RESET {name}")
            await server.execute("SELECT pg_reload_conf()")
            await server.execute("CHECKPOINT")
    print(f"{database}: ready after {time.monotonic() - began:.0f} s", flush=True)


async def _fill(url: str, connection: Connection, size: int) -> None:
    recipe = _statements()
    await connection.execute(recipe["functions"])
    tenants = [
        await connection.fetchval(
            "INSERT INTO tenants (name) VALUES ($1) RETURNING tenant_id", name
        )
        for name in TENANTS
    ]
    indexes = await _drop_indexes(connection)
    await connection.execute("ALTER TABLE images DISABLE TRIGGER USER")  # nobody is to be told
    batches = iter(range(1, size + 1, BATCH_ROWS))

    async def write() -> None:
        async with connected(url) as writer:
            await writer.execute(SESSION)
            for first in batches:
                last = min(first + BATCH_ROWS - 1, size)
                await writer.execute(recipe["fill"], first, last, size, tenants)
                if last % 500_000 == 0:
                    print(f"  {last:,} rows", flush=True)

    await asyncio.gather(*(write() for _ in range(WRITERS)))
    for definition in indexes:
        began = time.monotonic()
        await connection.execute(definition)
        if (spent_s := time.monotonic() - began) > 1:
            print(f"  {spent_s:4.0f} s: {definition}", flush=True)
    await connection.execute("ALTER TABLE images ENABLE TRIGGER USER")
    await connection.execute("SELECT setval(pg_get_serial_sequence('images', 'id'), $1)", size)


async def _drop_indexes(connection: Connection) -> list[str]:
    """Drop what is no constraint's index, and return the statements that bring them back."""
    rows = await connection.fetch(
        "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition"
        " FROM pg_index WHERE indrelid = 'images'::regclass"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"
        " ORDER BY name"
    )
    for row in rows:
        await connection.execute(f"DROP INDEX {row['name']}")
    return [row["definition"] for row in rows]


def _statements() -> dict[str, str]:
    parts = re.split(r"^-- name: (\w+)$", RECIPE.read_text(), flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))
