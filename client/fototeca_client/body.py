"""The bytes of an upload: read as they are sent, hashed on the way, sent again if need be."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from fototeca_client.errors import FileChangedError

CHUNK_BYTES = 256 * 1024

Progress = Callable[[int, int], None]
"""Called with the bytes sent so far, which fall back to 0 at a retry, and all of them."""


class Body:
    """A file, or bytes, of which any number of tries begin at the start.

    With `part`, a start and a size, only so many bytes from there.
    """

    def __init__(
        self,
        source: Path | bytes,
        progress: Progress | None,
        part: tuple[int, int] | None = None,
    ) -> None:
        self._source = source
        self._progress = progress
        whole = len(source) if isinstance(source, bytes) else source.stat().st_size
        self._start, self.size = part or (0, whole)
        self.error: Exception | None = None
        """What kept the bytes from being read: aiohttp reports it as a lost connection."""
        self.sha256 = ""
        """Of what was sent last, in hex."""

    @asynccontextmanager
    async def opened(self, alive: Callable[[], None]) -> AsyncIterator[AsyncIterator[bytes]]:
        """Give all bytes from the start; `alive` is called whenever more are asked for."""
        self.error = None
        try:
            file = await asyncio.to_thread(self._open)
        except OSError as error:
            self.error = error
            raise
        try:
            yield self._chunks(file, alive)
        finally:
            file.close()

    async def _chunks(self, file: BinaryIO, alive: Callable[[], None]) -> AsyncIterator[bytes]:
        digest, sent = hashlib.sha256(), 0
        self._tell(sent)
        while sent < self.size:
            chunk = await self._read(file, min(CHUNK_BYTES, self.size - sent), digest.update)
            sent += len(chunk)
            self.sha256 = (
                digest.hexdigest()
            )  # now: the answer may come before the next is asked for
            yield chunk
            alive()
            self._tell(sent)

    async def _read(self, file: BinaryIO, length: int, look: Callable[[bytes], None]) -> bytes:
        def read() -> bytes:
            chunk = file.read(length)
            if not chunk:
                raise FileChangedError("The file became shorter while it was being sent.")
            look(chunk)
            return chunk

        try:
            return await asyncio.to_thread(read)
        except (OSError, FileChangedError) as error:
            self.error = error
            raise

    async def digest(self) -> str:
        """Return the SHA-256 of all bytes, in hex, sent or not."""
        return await asyncio.to_thread(digest_of, self._source)

    def _open(self) -> BinaryIO:
        source = self._source
        file = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
        file.seek(self._start)
        return file

    def _tell(self, sent: int) -> None:
        if self._progress is not None:
            self._progress(sent, self.size)


def digest_of(source: Path | bytes) -> str:
    """Return the SHA-256 of a file, or of bytes, in hex; blocks while it reads."""
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
