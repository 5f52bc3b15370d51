"""Sending what was planned: several files at once, each told in the tally."""

import asyncio
from collections.abc import Iterator

from deploy.transfer.describing import Describer
from deploy.transfer.entries import Words
from deploy.transfer.failure import FATAL
from deploy.transfer.meter import Meter
from deploy.transfer.plan import Plan, Upload
from deploy.transfer.tally import Fate, Tally
from fototeca_client import (
    Effect,
    Fototeca,
    FototecaError,
    PreconditionFailedError,
    Progress,
    digest_of,
)

FATES = {
    Effect.CREATED: Fate.IMPORTED,
    Effect.REPLACED: Fate.REPLACED,
    Effect.UNCHANGED: Fate.UNCHANGED,
}


class Importer:
    """Sends files over `jobs` connections; with `wait`, each is followed until it is ready."""

    def __init__(
        self,
        library: Fototeca,
        tally: Tally,
        meter: Meter,
        describer: Describer,
        *,
        wait: bool,
    ) -> None:
        self._library = library
        self._tally = tally
        self._meter = meter
        self._describer = describer
        self._wait = wait

    async def run(self, plan: Plan, jobs: int) -> None:
        """Send everything; raise one of FATAL where going on is of no use."""
        for entry in plan.to_describe:
            self._describer.add(entry, Fate.UNCHANGED)
        uploads = iter(plan.uploads)
        try:
            async with asyncio.TaskGroup() as tasks:
                describing = tasks.create_task(self._describer.run())
                await asyncio.wait(
                    [tasks.create_task(self._send_all(uploads)) for _ in range(jobs)]
                )
                self._describer.close()
                await describing
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from group

    async def _send_all(self, uploads: Iterator[Upload]) -> None:
        for upload in uploads:
            await self._send(upload)
            self._meter.file_done()

    async def _send(self, upload: Upload) -> None:
        entry, count = upload.entry, self._meter.of_file()
        try:
            fate = await self._put(upload, count)
        except FATAL:
            raise
        except (FototecaError, OSError) as error:
            self._tally.add(Fate.FAILED, entry.name, entry.size, str(error))
            count(entry.size, entry.size)
        else:
            is_left = entry.words != Words() if upload.may_replace else entry.words.is_news
            if is_left or self._wait or isinstance(entry.origin, str):
                self._describer.add(entry, fate)
            else:
                self._tally.add(fate, entry.name, entry.size)

    async def _put(self, upload: Upload, count: Progress) -> Fate:
        entry = upload.entry
        if isinstance(entry.origin, str):
            await self._library.create_from_url(entry.reference, entry.origin, entry.words.tags)
            return Fate.IMPORTED
        try:
            stored = await self._library.put(
                entry.reference, entry.origin, create_only=not upload.may_replace, progress=count
            )
        except PreconditionFailedError as error:  # since the plan was made, somebody has created it
            there = await self._library.get(entry.reference, select=["sha256"])
            if there.fields["sha256"] != await asyncio.to_thread(digest_of, entry.origin):
                raise FototecaError(
                    f"somebody else has just created {entry.reference}; import it again"
                ) from error
            return Fate.UNCHANGED
        return FATES[stored.effect]
