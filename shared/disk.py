"""How much room the disks have that this process, or the local stack, writes to."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from shared.domain.errors import DiskFullError
from shared.settings import Settings

FRESH_S = 1.0
RETRY_S = 30


class Disk:
    """The disks of some folders, checked once a second at most; full below `min_free_bytes`."""

    def __init__(self, folders: Sequence[Path], min_free_bytes: int) -> None:
        self._folders = folders
        self._min_free_bytes = min_free_bytes
        self._free_bytes: int | None = None
        self._seen_at = -FRESH_S

    async def check(self) -> None:
        """Raise DiskFullError below the threshold."""
        free = await self._free()
        if free is not None and free < self._min_free_bytes:
            raise DiskFullError(
                f"The server's disk has {free} bytes free, fewer than the {self._min_free_bytes} "
                "that uploads need (FOTOTECA_MIN_FREE_BYTES); reading goes on. Make room there.",
                retry_after_s=RETRY_S,
                members={"free": free, "limit": self._min_free_bytes},
            )

    async def is_full(self) -> bool:
        """Whether `check` would raise."""
        try:
            await self.check()
        except DiskFullError:
            return True
        return False

    async def _free(self) -> int | None:
        if self._min_free_bytes and time.monotonic() - self._seen_at >= FRESH_S:
            self._free_bytes = await asyncio.to_thread(self._look)
            self._seen_at = time.monotonic()
        return self._free_bytes

    def _look(self) -> int | None:
        """Return the least; None where no folder is there, as before the first upload."""
        there = [folder for folder in self._folders if folder.is_dir()]
        return min((shutil.disk_usage(folder).free for folder in there), default=None)


def disk_of(settings: Settings) -> Disk:
    """Return the disks that these settings name."""
    scratch = settings.scratch_dir or Path(tempfile.gettempdir())
    return Disk((scratch, settings.data_dir), settings.min_free_bytes)
