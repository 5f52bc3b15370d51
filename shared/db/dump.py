"""The whole database to a file and back, by Postgres' own programs."""

import asyncio
import os
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import asyncpg

from shared.db.executor import translated
from shared.db.migrate import connect
from shared.db.statements import SQL
from shared.domain.errors import BackupError
from shared.usecases.upkeep.backup import Entry

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

PAGE = 1000
LAST_WORDS = 2000

PLAIN = ("--no-owner", "--no-privileges")

LIMITS_TRANSACTIONS = 170_000
"""The first version that knows the limit; `pg_restore` has set it since, whatever the server."""
LIMIT = b"SET transaction_timeout = 0;\n"
HEAD = 64 * 1024


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One moment of the database: what is read here and what is dumped by its `id` agree."""

    connection: "Connection"
    id: str

    async def entries(self) -> AsyncGenerator[Entry, None]:
        """Yield every key that the bucket must hold, in the order of their bytes."""
        with translated():
            async for row in self.connection.cursor(SQL["backup_objects"], prefetch=PAGE):
                yield Entry(row["key"], row["size_in_bytes"], row["sha256"])


@asynccontextmanager
async def snapshot(url: str) -> AsyncIterator[Snapshot]:
    """Hold a moment for as long as it takes to dump it."""
    connection = await connect(url)
    try:
        with translated():
            await connection.transaction(isolation="repeatable_read", readonly=True).start()
            name = await connection.fetchval("SELECT pg_export_snapshot()")
        yield Snapshot(connection, name)
    finally:
        await connection.close()


async def dump(pg_dump: Path, url: str, target: Path, snapshot_id: str | None = None) -> None:
    """Write the database to a file in Postgres' custom format; raises BackupError."""
    moment = [f"--snapshot={snapshot_id}"] if snapshot_id else []
    database = f"--dbname={_without_password(url)}"
    await _run(pg_dump, url, *PLAIN, "--format=custom", *moment, f"--file={target}", database)


async def restore(pg_restore: Path, url: str, source: Path) -> None:
    """Fill a database that nobody has used from such a file, all of it or nothing."""
    if await has_rows(url):
        raise BackupError("The database is in use: restore goes into an empty one.")
    connection = await connect(url)
    try:
        # The tables that `migrate` made, empty, may be newer than those of the dump.
        await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        version = int(await connection.fetchval("SHOW server_version_num"))
    finally:
        await connection.close()
    if version < LIMITS_TRANSACTIONS:
        await _restore_older(pg_restore, url, source)
    else:
        database = f"--dbname={_without_password(url)}"
        whole = ("--exit-on-error", "--single-transaction")
        await _run(pg_restore, url, *PLAIN, *whole, database, str(source))


async def _restore_older(pg_restore: Path, url: str, source: Path) -> None:
    """Restore by a script, which takes room beside: without what servers before 17 do not know."""
    with tempfile.TemporaryDirectory() as scratch:
        script = Path(scratch, "database.sql")
        await _run(pg_restore, url, *PLAIN, f"--file={script}", str(source))
        await asyncio.to_thread(_disable_limit, script)
        whole = ("--no-psqlrc", "--set=ON_ERROR_STOP=1", "--single-transaction")
        database = f"--dbname={_without_password(url)}"
        await _run(pg_restore.with_name("psql"), url, *whole, database, f"--file={script}")


def _disable_limit(script: Path) -> None:
    """Make the line that sets it a comment of the same length."""
    with script.open("r+b") as file:
        at = file.read(HEAD).find(LIMIT)
        if at >= 0:
            file.seek(at)
            file.write(b"--")


async def has_rows(url: str) -> bool:
    """Whether anybody has used the database: whether it has a tenant."""
    connection = await connect(url)
    try:
        if await connection.fetchval("SELECT to_regclass('tenants')") is None:
            return False
        return bool(await connection.fetchval(SQL["backup_has_rows"]))
    finally:
        await connection.close()


async def _run(program: Path, url: str, *arguments: str) -> None:
    """Run a program to its end; the password goes by the environment, which `ps` does not show."""
    password = urlsplit(url).password
    secret = {"PGPASSWORD": unquote(password)} if password else {}
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        env=os.environ | secret,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        words = " ".join(errors.decode(errors="replace")[-LAST_WORDS:].split())
        raise BackupError(f"{program.name} failed: {words}")


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    user, at, place = parts.netloc.rpartition("@")
    return parts._replace(netloc=user.partition(":")[0] + at + place).geturl()
