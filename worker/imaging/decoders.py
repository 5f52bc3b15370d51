"""The pool of decoder processes: no file can harm the service, and none can wedge the pool.

pebble's pool was looked at and not taken: its workers share one pipe and one lock, so that a worker
killed at the wrong moment, or idle while a picture is queued, breaks the pool; its answers are
unpickled by the parent; and spawn imports the parent's main module into every child. Here each
process has a socket of its own, gets open files by it, and answers in JSON.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from worker.imaging.decoder import Decoder, Limits
from worker.imaging.errors import BadPicture, DecoderEnded, DecoderFailed, DecodersClosed
from worker.imaging.model import Picture, Recipe, Rendition
from worker.imaging.outputs import Outputs

__all__ = [
    "BadPicture",
    "DecoderFailed",
    "Decoders",
    "DecodersClosed",
    "Limits",
    "Picture",
    "Recipe",
    "Rendition",
]

GIBIBYTE = 1 << 30


class Decoders:
    """At most `slots` pictures at once, each in a process of its own; processes are kept warm."""

    def __init__(self, *, slots: int, limits: Limits) -> None:
        self._slots = slots
        self._limits = limits
        self._turnstile = asyncio.Lock()
        self._free = asyncio.Semaphore(slots)
        self._idle: list[Decoder] = []
        self._busy: set[Decoder] = set()
        self._is_closed = False

    @property
    def pids(self) -> list[int]:
        """Of the children."""
        return [decoder.pid for decoder in (*self._idle, *self._busy)]

    async def warm_up(self) -> None:
        """Have a process ready for the first picture. OSError where none starts."""
        async with self._taking(1), self._decoder():
            pass

    async def make_thumbnails(self, source: Path, out_dir: Path, recipe: Recipe) -> Picture:
        """Make `out_dir`/TH.*, THM.*, THP.*, THS.* and so on in a child; cancelling kills it.

        Raises BadPicture; DecoderFailed, which is one, when neither a child nor a fresh one
        survived; DecodersClosed during shutdown; OSError where the machine is at fault. After a
        crash or a timeout, which others may have caused, the fresh one has all slots to itself.
        """
        try:
            async with self._taking(1):
                return await self._attempt(source, out_dir, recipe)
        except DecoderEnded as ended:
            if ended.reason == "overspent":
                raise self._verdict(ended.reason) from ended
            slots = self._slots if ended.reason in {"crashed", "timeout"} else 1
        async with self._taking(slots):
            await self._end_idle()
            try:
                return await self._attempt(source, out_dir, recipe)
            except DecoderEnded as ended:
                raise self._verdict(ended.reason) from ended

    async def close(self) -> None:
        """Kill the children and wait until they are gone. Pictures in work get DecodersClosed."""
        self._is_closed = True
        for decoder in self._busy:
            decoder.kill()
        async with self._taking(self._slots):
            await self._end_idle()

    async def _attempt(self, source: Path, out_dir: Path, recipe: Recipe) -> Picture:
        with source.open("rb") as file, Outputs(out_dir, recipe.suffixes) as outputs:
            async with self._decoder() as decoder:
                report = await decoder.run([file, *outputs.files], recipe)
            return outputs.publish(report)

    @asynccontextmanager
    async def _decoder(self) -> AsyncIterator[Decoder]:
        self._refuse_if_closed()
        decoder = await self._idle_or_fresh()
        self._busy.add(decoder)
        try:
            self._refuse_if_closed()
            yield decoder
        except DecoderEnded:
            self._refuse_if_closed()
            raise
        finally:
            self._busy.discard(decoder)
            await self._keep_or_end(decoder)

    async def _idle_or_fresh(self) -> Decoder:
        while self._idle:
            decoder = self._idle.pop()
            if decoder.is_usable:
                return decoder
            await decoder.end()
        return await Decoder.start(self._limits)

    async def _keep_or_end(self, decoder: Decoder) -> None:
        if decoder.is_usable and not self._is_closed:
            self._idle.append(decoder)
        else:
            await decoder.end()

    async def _end_idle(self) -> None:
        while self._idle:
            await self._idle.pop().end()

    @asynccontextmanager
    async def _taking(self, slots: int) -> AsyncIterator[None]:
        """Hold some slots; the turnstile keeps two that want all from each holding half."""
        taken = 0
        try:
            async with self._turnstile:
                while taken < slots:
                    await self._free.acquire()
                    taken += 1
            yield
        finally:
            for _ in range(taken):
                self._free.release()

    def _refuse_if_closed(self) -> None:
        if self._is_closed:
            raise DecodersClosed

    def _verdict(self, reason: str) -> DecoderFailed:
        details = {
            "crashed": "Reading it ends the decoder each time: export the picture anew.",
            "timeout": f"Reading it takes over {self._limits.timeout_s:g} s: upload a smaller one.",
            "overspent": "Reading it takes too much processor time: upload something simpler.",
            "too_large": (
                f"Reading it takes over {self._limits.memory_bytes / GIBIBYTE:.1f} GiB of memory:"
                " upload a smaller one."
            ),
        }
        return DecoderFailed("timeout" if reason == "overspent" else reason, details[reason])
