"""A backup: a folder with a dump, a manifest of the same moment, and the objects that it names.

`backup.json` is written last and names the dump and the manifest that belong together; until then
the ones of the backup before stand.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from deploy.embedded.private import PRIVATE_FOLDER, read_json, write_private_json
from deploy.embedded.programs import postgres_client
from shared.db.database import open_database
from shared.db.dump import dump, has_rows, restore, snapshot
from shared.db.migrate import check_schema, migrate
from shared.domain.errors import BackupError
from shared.settings import Settings
from shared.storage.s3 import open_storage
from shared.usecases.ports import Database
from shared.usecases.upkeep.backup import Copied, Copier, read_manifest, write_manifest

DESCRIPTION = "backup.json"
OBJECTS = "objects"
SCRATCH = ".scratch-"
VERSION = 1

ROUNDS = 5
"""What is deleted while it is to be copied makes one more dump worth its while, so many times."""

Progress = Callable[[int, int], None]
"""Told how many objects there are, and how many were dealt with."""


@dataclass(frozen=True, slots=True)
class Description:
    """What a backup holds; times in ISO 8601, UTC."""

    taken_at: str
    database: str
    manifest: str
    objects: int
    bytes: int
    version: int = VERSION


async def make_backup(settings: Settings, folder: Path, progress: Progress) -> Copied:
    """Bring the backup in a folder up to date, or make one; return what became of the objects."""
    pg_dump = postgres_client("pg_dump")
    url = settings.database_url.get_secret_value()
    await check_schema(url)
    with _locked(folder):
        async with open_database(url, connections=2) as database:
            for number in range(ROUNDS):
                manifest, dumped, total = await _take(pg_dump, url, folder, number)
                show = partial(progress, total)
                async with (
                    _copier(settings, folder, show, scratch_in=folder) as copier,
                    aclosing(read_manifest(manifest)) as entries,
                ):
                    copied = await copier.save(entries)
                if not await _have_gone(database, copied.missing):
                    break
            else:
                raise BackupError("Objects are deleted faster than they are copied: try again.")
        _finish(folder, manifest, dumped, copied)
    return copied


async def restore_backup(settings: Settings, folder: Path, progress: Progress) -> Copied:
    """Fill an empty database and an empty bucket; return what became of the objects."""
    pg_restore = postgres_client("pg_restore")
    url = settings.database_url.get_secret_value()
    description = _read(folder)
    if await has_rows(url):
        raise BackupError("The database is in use: restore goes into an empty one.")
    manifest = folder / description.manifest
    show = partial(progress, description.objects)
    async with _copier(settings, folder, show, scratch_in=None) as copier:
        async with aclosing(read_manifest(manifest)) as entries:
            await copier.check_target(entries)
        async with aclosing(read_manifest(manifest)) as entries:
            copied = await copier.restore(entries)
    await restore(pg_restore, url, folder / description.database)
    await migrate(url)
    return copied


async def _take(pg_dump: Path, url: str, folder: Path, number: int) -> tuple[Path, Path, int]:
    """Dump the database and list its objects as of one moment."""
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{number}"
    manifest, dumped = folder / f"manifest-{name}.jsonl", folder / f"database-{name}.dump"
    async with snapshot(url) as moment:
        total = await write_manifest(manifest, moment.entries())
        await dump(pg_dump, url, dumped, moment.id)
    return manifest, dumped, total


@asynccontextmanager
async def _copier(
    settings: Settings, folder: Path, progress: Callable[[int], None], *, scratch_in: Path | None
) -> AsyncIterator[Copier]:
    with tempfile.TemporaryDirectory(dir=scratch_in, prefix=SCRATCH) as scratch:
        async with open_storage(settings) as storage:
            yield Copier(storage, folder / OBJECTS, Path(scratch), progress)


async def _have_gone(database: Database, missing: list[str]) -> bool:
    """Whether any of the keys is missing because it was deleted since the dump."""
    for key in missing:
        tenant = await database.tenant_by_name(key.partition("/")[0])
        if tenant is None or not await database.inspection.is_recorded(tenant.id, key):
            return True
    return False


def _finish(folder: Path, manifest: Path, dumped: Path, copied: Copied) -> None:
    """Let the new dump and manifest stand, once all is on the disk; then remove older ones."""
    os.sync()
    taken_at = datetime.now(UTC).isoformat(timespec="seconds")
    names = (dumped.name, manifest.name)
    description = Description(taken_at, *names, copied.objects, copied.bytes)
    write_private_json(folder / DESCRIPTION, asdict(description))
    for pattern in ("database-*.dump", "manifest-*.jsonl"):
        for path in folder.glob(pattern):
            if path.name not in names:
                path.unlink()


def _read(folder: Path) -> Description:
    told = read_json(folder / DESCRIPTION)
    if not told:
        raise BackupError(f"{folder} holds no whole backup: it has no {DESCRIPTION}.")
    if told.get("version") != VERSION:
        raise BackupError(f"{folder} holds a backup that another version of Fototeca has made.")
    try:
        return Description(**told)
    except TypeError as error:
        raise BackupError(
            f"{folder / DESCRIPTION} is not as `fototeca backup` makes it."
        ) from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one backup at a time write to a folder, made if need be."""
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError(f"Another backup writes to {folder} now.") from error
        for cut_off in folder.glob(f"{SCRATCH}*"):
            shutil.rmtree(cut_off)
        yield
