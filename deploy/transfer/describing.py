"""Tags and texts of images that were sent: set once they have been processed."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass

from deploy.transfer.entries import Entry
from deploy.transfer.failure import FATAL
from deploy.transfer.meter import Meter
from deploy.transfer.tally import Fate, Tally
from deploy.transfer.words import TOLD, changes_for
from fototeca_client import Fototeca, FototecaError, Image, PreconditionFailedError

BATCH = 90
LOOK_S = 0.5
STALLED_S = 600.0
"""Without a single image becoming ready; then whoever waits is told to come again."""
TRIES = 5
"""To change an image that others change meanwhile."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An image that is there, and what its fate will be if all goes well."""

    entry: Entry
    fate: Fate


class Describer:
    """Watches images until a worker is done with them, many with one call."""

    def __init__(self, library: Fototeca, tally: Tally, meter: Meter, *, overwrite: bool) -> None:
        self._library = library
        self._tally = tally
        self._meter = meter
        self._overwrite = overwrite
        self._waiting: deque[Waiting] = deque()
        self._looked_at: list[Waiting] = []
        self._news = asyncio.Event()
        self._is_closed = False

    def add(self, entry: Entry, fate: Fate) -> None:
        """Have an image described."""
        self._waiting.append(Waiting(entry, fate))
        self._news.set()

    def close(self) -> None:
        """Say that there will be no more."""
        self._is_closed = True
        self._news.set()

    async def run(self) -> None:
        """Describe everything that was, and will be, added; tell what is left if it is ended."""
        try:
            await self._run()
        except BaseException:
            for one in [*self._looked_at, *self._waiting]:
                self._tally.add(Fate.STORED, one.entry.name, one.entry.size)
            raise

    async def _run(self) -> None:
        moved = time.monotonic()
        while self._waiting or not self._is_closed:
            if not self._waiting:
                self._news.clear()
                await self._news.wait()
                moved = time.monotonic()
            elif await self._look():
                moved = time.monotonic()
            elif time.monotonic() - moved > STALLED_S:
                self._give_up()
            else:
                await asyncio.sleep(LOOK_S)

    async def _look(self) -> bool:
        """Look at those that have waited longest; whether any was ready."""
        batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        self._looked_at = batch.copy()
        names = [one.entry.reference for one in batch]
        images = await self._library.find(names, select=["statusReason", "statusDetail", *TOLD])
        ready = []
        for one in batch:
            image = images.get(one.entry.reference)
            if image is not None and image.is_busy:
                self._waiting.append(one)
                self._looked_at.remove(one)
            else:
                ready.append(self._finish(one, image))
        await asyncio.gather(*ready)
        if self._is_closed:
            self._meter.now(f"{len(self._waiting):,} still being processed")
        return bool(ready)

    async def _finish(self, one: Waiting, image: Image | None) -> None:
        entry = one.entry
        try:
            if image is None:
                reason = "it was deleted before it was processed"
            elif changes_for(entry.words, image, overwrite=self._overwrite):
                reason = await self._describe(entry)
            else:
                reason = ""
            if entry.words.links and not reason:
                await self._link(entry)
        except FATAL:
            raise
        except FototecaError as error:
            reason = f"stored, but not described: {error}"
        if image is not None and image.status == "Er" and not reason:
            fields = image.fields
            reason = (
                f"stored, but not processed: {fields['statusReason']}: {fields['statusDetail']}"
            )
        self._looked_at.remove(one)
        self._tally.add(Fate.FAILED if reason else one.fate, entry.name, entry.size, reason)

    async def _describe(self, entry: Entry) -> str:
        """Change what is as it was when it was read; return why that failed, or nothing."""
        for _ in range(TRIES):
            image = await self._library.get(entry.reference, select=TOLD)
            changes = changes_for(entry.words, image, overwrite=self._overwrite)
            if not changes:
                return ""
            try:
                await self._library.patch(entry.reference, changes, if_match=image.etag)
            except PreconditionFailedError:
                continue
            return ""
        return "stored, but not described: others change it all the time"

    async def _link(self, entry: Entry) -> None:
        """Say who uses the image, where that was not said; with `overwrite` also how."""
        there = {
            (link.provider, link.id): link async for link in self._library.links(entry.reference)
        }
        for link in entry.words.links:
            known = there.get((link.provider, link.id))
            if known is None or (self._overwrite and known != link):
                await self._library.put_link(entry.reference, link)

    def _give_up(self) -> None:
        while self._waiting:
            entry = self._waiting.popleft().entry
            reason = "stored, but still being processed; import it again to describe it"
            self._tally.add(Fate.FAILED, entry.name, entry.size, reason)
