"""Bytes to a key of the bucket: hashed on the way, in bounded memory whatever their size.

A body is cut into parts, each a nameless temporary file that dies with the process; while one
part fills, the one before travels to S3. A body of one part is a single put.
"""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from shared.domain.errors import (
    InvalidInputError,
    ObjectMissingError,
    StorageRefusedError,
    TooLargeError,
    UnavailableError,
)
from shared.usecases.objects_ports import Original
from shared.usecases.ports import Storage

PART_BYTES = 8 * 1024 * 1024
"""At least 5 MiB, S3's smallest part; S3's 10,000 parts of it are 78 GiB."""


class Intake:
    """One body on its way to one key. `note_multipart` records S3's id before the first part.

    `check` raises for a size, so far, that is not taken.

    `is_unanswered`: something that can take effect by itself, later, was sent to S3 without an
    answer: the beginning of an upload in parts, its completion, or a put. A part alone cannot.
    """

    def __init__(
        self,
        storage: Storage,
        key: str,
        note_multipart: Callable[[str], Awaitable[None]],
        *,
        check: Callable[[int], None],
        scratch: Path | None,
    ) -> None:
        self._storage = storage
        self._key = key
        self._note_multipart = note_multipart
        self._check = check
        self._scratch = scratch
        self._hash = hashlib.sha256()
        self._size = 0
        self._part: BinaryIO | None = None
        self._part_size = 0
        self._multipart_id: str | None = None
        self._sending: asyncio.Task[str] | None = None
        self._etags: list[str] = []
        self.is_unanswered = False

    async def receive(self, body: AsyncIterator[bytes]) -> Original:
        """Store the whole body, or raise; what was begun then is left to the upload's record."""
        try:
            async for chunk in body:
                await self._take(chunk)
            if not self._size:
                raise InvalidInputError("The body is empty: send the bytes of the image.")
            await self._finish()
        except ObjectMissingError as error:
            raise UnavailableError(
                "The storage was restarted and lost the upload; send it again.", retry_after_s=5
            ) from error
        finally:
            await self._abandon()
        return Original(self._key, self._size, self._hash.digest())

    async def _take(self, chunk: bytes) -> None:
        self._size += len(chunk)
        self._check(self._size)
        if self._part is not None and self._part_size >= PART_BYTES:
            await self._send_part()
        try:
            self._part = await asyncio.to_thread(self._absorb, self._part, chunk)
        except OSError as error:
            raise UnavailableError(
                "This server has no room for the upload now; try again later.", retry_after_s=30
            ) from error
        self._part_size += len(chunk)

    def _absorb(self, part: BinaryIO | None, chunk: bytes) -> BinaryIO:
        if part is None:
            part = tempfile.TemporaryFile(dir=self._scratch, prefix="part-")  # noqa: SIM115
        self._hash.update(chunk)
        part.write(chunk)
        return part

    async def _send_part(self) -> None:
        """Begin to send the full part, once the one before has arrived."""
        if self._multipart_id is None:
            with self._unanswered():
                self._multipart_id = await self._storage.begin_multipart(self._key)
            await self._note_multipart(self._multipart_id)
        await self._arrived()
        if self._part is not None:
            sending = self._put_part(self._multipart_id, len(self._etags) + 1, self._part)
            self._sending = asyncio.create_task(sending)
            self._part, self._part_size = None, 0

    async def _put_part(self, multipart_id: str, number: int, part: BinaryIO) -> str:
        with part:
            await asyncio.to_thread(part.seek, 0)
            return await self._storage.put_part(self._key, multipart_id, number, part)

    async def _arrived(self) -> None:
        if self._sending is not None:
            self._etags.append(await self._sending)
            self._sending = None

    async def _finish(self) -> None:
        if self._multipart_id is None and self._part is not None:
            await asyncio.to_thread(self._part.seek, 0)
            with self._unanswered():
                await self._storage.put(self._key, self._part)
        elif self._multipart_id is not None:
            await self._send_part()
            await self._arrived()
            with self._unanswered():
                await self._storage.complete_multipart(self._key, self._multipart_id, self._etags)

    @contextmanager
    def _unanswered(self) -> Iterator[None]:
        """Remember a call until S3 has answered, be it with a refusal."""
        self.is_unanswered = True
        try:
            yield
        except (ObjectMissingError, StorageRefusedError):
            self.is_unanswered = False
            raise
        self.is_unanswered = False

    async def _abandon(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)
        if self._part is not None:
            self._part.close()


def at_most(max_bytes: int) -> Callable[[int], None]:
    """Return a check of this one limit."""

    def check(size: int) -> None:
        if size > max_bytes:
            raise too_large(max_bytes)

    return check


def too_large(max_bytes: int) -> TooLargeError:
    """Say what the limit is."""
    return TooLargeError(
        f"The upload is larger than the limit of {max_bytes} bytes "
        "(FOTOTECA_MAX_UPLOAD_BYTES); send a smaller file."
    )
