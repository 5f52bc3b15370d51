"""The worker's folder for files in work: one per attempt, all of them gone after a restart."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

PREFIX = "fototeca-work-"


class Scratch:
    """Folders under one of this process's own, which is named after it."""

    def __init__(self, parent: Path | None) -> None:
        self._parent = parent or Path(tempfile.gettempdir())
        self._parent.mkdir(parents=True, exist_ok=True)
        _clear_leftovers(self._parent)
        self._root = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=self._parent))

    @asynccontextmanager
    async def folder(self) -> AsyncIterator[Path]:
        """Lend an empty folder; what is in it at the end is deleted."""
        path = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=self._root))
        try:
            yield path
        finally:
            await asyncio.to_thread(shutil.rmtree, path, ignore_errors=True)

    def close(self) -> None:
        """Delete everything."""
        shutil.rmtree(self._root, ignore_errors=True)


def _clear_leftovers(parent: Path) -> None:
    """Delete the folders of processes that were killed."""
    for path in parent.glob(f"{PREFIX}*"):
        pid = path.name.removeprefix(PREFIX).partition("-")[0]
        if pid.isdigit() and not _is_alive(int(pid)):
            shutil.rmtree(path, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
