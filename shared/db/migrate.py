"""Bring a database to this code's schema, once, whoever starts first."""

import re
from importlib.resources import as_file, files
from pathlib import Path

import asyncpg
from pogo_core.util import migrate as pogo

from shared.db.executor import translated
from shared.domain.errors import SchemaError, UnavailableError

_LOCK = 0x466F746F
"""Advisory lock of the migrations: any constant that nothing else uses."""

_TABLE = "public._pogo_migration"


async def migrate(url: str) -> list[str]:
    """Apply what is missing and return its names; wait for another process that is at it."""
    connection = await connect(url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        before = await _applied(connection)
        _refuse_newer(before)
        with as_file(files("shared.db").joinpath("migrations")) as folder:
            await pogo.apply(connection, Path(folder), schema_name="public")
        return sorted(await _applied(connection) - before)
    finally:
        await connection.close()


async def check_schema(url: str) -> None:
    """Raise SchemaError unless the database has exactly the schema of this code."""
    connection = await connect(url)
    try:
        applied = await _applied(connection)
    finally:
        await connection.close()
    _refuse_newer(applied)
    missing = _known() - applied
    if missing:
        raise SchemaError(
            f"The database lacks the migrations {', '.join(sorted(missing))}: "
            "run `fototeca migrate` first."
        )


async def pending(url: str) -> list[str]:
    """Return the names of what `migrate` would apply."""
    connection = await connect(url)
    try:
        return sorted(_known() - await _applied(connection))
    finally:
        await connection.close()


async def connect(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    """Open one session, for work that is not the service's; raises UnavailableError."""
    try:
        with translated():
            return await asyncpg.connect(url, timeout=10)
    except asyncpg.PostgresError as error:  # a wrong password, no such database
        raise UnavailableError(f"The database refuses to serve: {error}.") from error


def _refuse_newer(applied: set[str]) -> None:
    newer = applied - _known()
    if newer:
        raise SchemaError(
            f"The database is newer than this code (it has {', '.join(sorted(newer))}): "
            "start the version of Fototeca that migrated it, or a later one."
        )


def _known() -> set[str]:
    folder = files("shared.db").joinpath("migrations")
    return {
        path.name.removesuffix(".sql")
        for path in folder.iterdir()
        if re.fullmatch(r"\d{4}_\w+\.sql", path.name)
    }


async def _applied(connection: "asyncpg.Connection[asyncpg.Record]") -> set[str]:
    if await connection.fetchval("SELECT to_regclass($1)", _TABLE) is None:
        return set()
    rows = await connection.fetch(f"SELECT migration_id FROM {_TABLE}")
    return {row["migration_id"] for row in rows}
