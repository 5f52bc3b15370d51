"""A process's folder for files in work, of which nothing is left after a restart."""

import asyncio
import fcntl
import os
import shutil
import stat
import tempfile
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

PREFIX = "fototeca-work-"
LOCK = ".lock"


class Scratch:
    """Folders under one of this process's own, whose lock file it holds while it lives.

    Ids of processes would not do: in containers each is 1, also where they share a volume.
    """

    def __init__(self, parent: Path | None, prefix: str = PREFIX) -> None:
        self._parent = parent or Path(tempfile.gettempdir())
        self._prefix = prefix
        self._parent.mkdir(parents=True, exist_ok=True)
        _clear_leftovers(self._parent, prefix)
        self._root, self._lock = _make(self._parent, prefix)
        self._making = threading.Lock()

    @asynccontextmanager
    async def folder(self) -> AsyncIterator[Path]:
        """Lend an empty folder; what is in it at the end is deleted."""
        path = await asyncio.to_thread(self.make)
        try:
            yield path
        finally:
            await asyncio.to_thread(shutil.rmtree, path, ignore_errors=True)

    def make(self) -> Path:
        """Make an empty folder, wherever what clears temporary folders has left us."""
        with self._making:
            if not self._root.is_dir():
                os.close(self._lock)
                self._parent.mkdir(parents=True, exist_ok=True)
                self._root, self._lock = _make(self._parent, self._prefix)
            return Path(tempfile.mkdtemp(dir=self._root))

    def close(self) -> None:
        """Delete everything."""
        shutil.rmtree(self._root, ignore_errors=True)
        os.close(self._lock)


def _make(parent: Path, prefix: str) -> tuple[Path, int]:
    """Make a folder and lock it; anew, where one that clears up was faster."""
    while True:
        root = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        lock = _try_lock(root)
        if lock is not None:
            return root, lock


def _clear_leftovers(parent: Path, prefix: str) -> None:
    """Delete the folders of processes that were killed: nobody holds their locks."""
    for path in parent.glob(f"{prefix}*"):
        lock = _try_lock(path) if _is_ours(path) else None
        if lock is not None:
            shutil.rmtree(path, ignore_errors=True)
            os.close(lock)


def _is_ours(path: Path) -> bool:
    """Whether it is a folder, not a link that somebody put there, and of this user."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()


def _try_lock(root: Path) -> int | None:
    """Return the locked file; None where another has it, or has just deleted it."""
    path = root / LOCK
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except (FileNotFoundError, PermissionError):
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_there = os.path.samestat(os.fstat(descriptor), path.stat())
    except (BlockingIOError, FileNotFoundError):
        is_there = False
    if is_there:
        return descriptor
    os.close(descriptor)
    return None
