"""A dump of a used database before it is migrated: the way back if the new version disappoints."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from deploy.embedded.private import PRIVATE_FOLDER, write_private
from deploy.embedded.programs import postgres_client
from shared.db.dump import dump, has_rows
from shared.db.migrate import pending

KEPT = 2


async def dump_before_migrating(url: str, folder: Path) -> None:
    """Dump a database that has rows and lacks migrations; keep this dump and the one before."""
    if not await pending(url) or not await has_rows(url):
        return
    fresh = await asyncio.to_thread(_prepare, folder)
    await dump(postgres_client("pg_dump"), url, fresh)
    await asyncio.to_thread(_keep, fresh)


def _prepare(folder: Path) -> Path:
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    fresh = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}.part"
    write_private(fresh, "")
    return fresh


def _keep(fresh: Path) -> None:
    """Name the dump as whole, and remove the oldest and what was cut off."""
    fresh.replace(fresh.with_suffix(".dump"))
    for cut_off in fresh.parent.glob("*.part"):
        cut_off.unlink()
    for old in sorted(fresh.parent.glob("*.dump"))[:-KEPT]:
        old.unlink()
