"""Originals and everything that is known of them, into a folder, a page at a time."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from pathlib import Path

from deploy.transfer.checkpoint import Checkpoint
from deploy.transfer.failure import FATAL, TransferError
from deploy.transfer.meter import Meter
from deploy.transfer.tally import Fate, Tally
from fototeca_client import (
    Fototeca,
    FototecaError,
    GoneError,
    Image,
    Link,
    NotFoundError,
    UnavailableError,
    digest_of,
)
from shared.domain.keys import filename_for

JSONL = "images.jsonl"
ORIGINALS = "originals"
PAGE = 100
MAX_FAILED = 1_000
IN_A_FOLDER = 1_000


class Exporter:
    """Writes each image's original, then a line about it; the order is that of the ids."""

    def __init__(
        self,
        library: Fototeca,
        folder: Path,
        checkpoint: Checkpoint,
        tally: Tally,
        meter: Meter,
        jobs: int,
    ) -> None:
        self._library = library
        self._folder = folder
        self._checkpoint = checkpoint
        self._tally = tally
        self._meter = meter
        self._turn = asyncio.Semaphore(jobs)

    async def run(self) -> None:
        """Export what the checkpoint does not tell of."""
        select = await self._library.members()
        await asyncio.to_thread(self._cut)
        again, self._checkpoint.failed = self._checkpoint.failed, []
        for start in range(0, len(again), PAGE):
            ids = ",".join(str(number) for number in again[start : start + PAGE])
            await self._export_all(f"id in ({ids})", select)
        await self._export_all(self.filter_of_rest(self._checkpoint), select)
        self._checkpoint.is_done = True
        await asyncio.to_thread(self._checkpoint.save, self._folder)

    @staticmethod
    def filter_of_rest(checkpoint: Checkpoint) -> str:
        """Return the filter of what was not seen yet."""
        rest = f"id gt {checkpoint.after_id}"
        return f"({checkpoint.filter}) and {rest}" if checkpoint.filter else rest

    async def _export_all(self, wanted: str, select: Sequence[str]) -> None:
        images = self._library.list(filter=wanted, orderby="id", select=select)
        async for page in _pages(images):
            await asyncio.to_thread(self._keep, page, await self._export_page(page))

    async def _export_page(self, page: list[Image]) -> list[str]:
        """Return the lines of images; raise one of FATAL where going on is of no use."""
        try:
            async with asyncio.TaskGroup() as tasks:
                exported = [tasks.create_task(self._export(image)) for image in page]
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from group
        return [task.result() for task in exported]

    async def _export(self, image: Image) -> str:
        """Return the line of an image, whose original is there then; nothing if there is none."""
        name = image.reference
        try:
            file = await self._fetch(image)
            links = [asdict(link) async for link in self._links(image)]
        except (GoneError, NotFoundError):
            self._tally.add(Fate.GONE, name)
            return ""
        except FototecaError as error:
            if isinstance(error, FATAL) and not _is_about_one(error):
                raise
            self._tally.add(Fate.FAILED, name, image.size_in_bytes, str(error))
            self._checkpoint.failed.append(image.id)
            return ""
        self._tally.add(Fate.EXPORTED, name, image.size_in_bytes)
        told = {**image.fields, "links": links, "file": file}
        return json.dumps(told, ensure_ascii=False) + "\n"

    async def _links(self, image: Image) -> AsyncIterator[Link]:
        if image.num_links:
            async for link in self._library.links(image.reference):
                yield link

    async def _fetch(self, image: Image) -> str | None:
        """Have the original in its file; return that, as the JSONL names it."""
        sha256 = image.fields["sha256"]
        if image.url() is None or sha256 is None:
            self._meter.file_done()
            return None
        file = f"{ORIGINALS}/{image.id // IN_A_FOLDER}/{image.id}-{filename_for(image.reference)}"
        target = self._folder / file
        async with self._turn:
            if not await asyncio.to_thread(_is_there, target, image.size_in_bytes, sha256):
                await self._library.download(image, target)
        self._meter.more(image.size_in_bytes)
        self._meter.file_done()
        return file

    def _cut(self) -> None:
        """Undo lines that the checkpoint does not know of: their page is done again."""
        path = self._folder / JSONL
        path.touch()
        if path.stat().st_size < self._checkpoint.size:
            raise TransferError(f"{path} became shorter: choose an empty folder")
        os.truncate(path, self._checkpoint.size)

    def _keep(self, page: list[Image], lines: list[str]) -> None:
        checkpoint = self._checkpoint
        with (self._folder / JSONL).open("ab") as file:
            file.write("".join(lines).encode())
            file.flush()
            os.fsync(file.fileno())
            checkpoint.size = file.tell()
        checkpoint.after_id = max(checkpoint.after_id, page[-1].id)
        checkpoint.images += len(lines) - lines.count("")
        checkpoint.save(self._folder)
        if len(checkpoint.failed) > MAX_FAILED:
            raise TransferError(f"more than {MAX_FAILED:,} originals cannot be had")


async def _pages(images: AsyncIterator[Image]) -> AsyncIterator[list[Image]]:
    page: list[Image] = []
    async for image in images:
        page.append(image)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


def _is_about_one(error: FototecaError) -> bool:
    """Whether the service is well and only this file is not to be had: it names no time."""
    return isinstance(error, UnavailableError) and error.retry_after_s is None


def _is_there(target: Path, size: int, sha256: str) -> bool:
    """Whether an earlier run has fetched it; make the folder for it otherwise."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        return target.stat().st_size == size and digest_of(target) == sha256
    except FileNotFoundError:
        return False
