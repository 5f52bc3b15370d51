"""A pool of decoders, pictures for it, and signals for its children."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.unit.imaging.drawing import encoded, noise, png
from worker.imaging.decoders import Decoders, Limits, Picture, Recipe

GIBIBYTE = 1 << 30
SMALL = encoded(noise(640, 480), "JPEG")
# Half a second of work and more: 50 million gray pixels out of 50 kB.
SLOW = png(10_000, 5_000, (b"\0" + b"\x7f" * 10_000) * 5_000, color=0)


@asynccontextmanager
async def pool(
    slots: int = 2,
    *,
    recycle_after: int = 100,
    memory_bytes: int = 3 * GIBIBYTE,
    timeout_s: float = 60,
) -> AsyncIterator[Decoders]:
    """Open a pool with limits that no picture here comes near, and close it at the end."""
    limits = Limits(memory_bytes, timeout_s, cpu_s=60, recycle_after=recycle_after)
    decoders = Decoders(slots=slots, limits=limits)
    try:
        yield decoders
    finally:
        await decoders.close()


class Desk:
    """Give each picture a folder of its own, as the worker does."""

    def __init__(self, root: Path, decoders: Decoders) -> None:
        self._root, self._decoders, self._count = root, decoders, 0

    async def make(self, data: bytes) -> Picture:
        """Make thumbnails, or leave the folder as it was."""
        self._count += 1
        folder = self._root / str(self._count)
        folder.mkdir()
        source = folder / "source"
        source.write_bytes(data)
        try:
            return await self._decoders.make_thumbnails(source, folder, Recipe())
        except BaseException:
            assert [path.name for path in folder.iterdir()] == ["source"]
            raise


async def until(holds: Callable[[], bool]) -> None:
    """Let other tasks run until a condition holds; the test's own timeout bounds it."""
    while not holds():  # noqa: ASYNC110 - processes set no asyncio.Event
        await asyncio.sleep(0)


async def kill_each(decoders: Decoders, kills: int, signum: int = signal.SIGKILL) -> set[int]:
    """Send a signal to so many different children, as soon as each is at work."""
    hit: set[int] = set()
    while len(hit) < kills:
        await until(lambda: bool(set(decoders.pids) - hit))
        for pid in set(decoders.pids) - hit:
            with suppress(ProcessLookupError):
                os.kill(pid, signum)
            hit.add(pid)
    return hit
