"""An original from S3 to a file, hashed on the way, in bounded memory."""

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from shared.domain.errors import ObjectMissingError, UnavailableError
from shared.opening import opened
from shared.usecases.objects_ports import Original
from shared.usecases.ports import Storage


@dataclass(frozen=True, slots=True)
class Hashes:
    """Of the bytes that S3 gave."""

    sha256: bytes
    md5: bytes


class OriginalMissingError(Exception):
    """S3 answers, lists its keys, and the original is not among them."""


class OriginalShortError(Exception):
    """S3 gave fewer bytes than it took, without an error: it may give all of them next time."""


class OriginalChangedError(Exception):
    """S3 gave all the bytes, and they are not those that it took: no retry will mend that."""


async def download(storage: Storage, original: Original, target: Path) -> Hashes:
    """Write the original to `target`, of which at most one chunk more than it should have.

    Raises OriginalMissingError, OriginalShortError and OriginalChangedError unless the bytes are
    those that were acknowledged, and UnavailableError.
    """
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)

    size_in_bytes = 0

    def absorb(file: BinaryIO, chunk: bytes) -> None:
        nonlocal size_in_bytes
        size_in_bytes += len(chunk)
        sha256.update(chunk)
        md5.update(chunk)
        file.write(chunk)

    async with opened(target, "wb") as file:
        try:
            async for chunk in storage.read(original.key):
                await asyncio.to_thread(absorb, file, chunk)
                if size_in_bytes > original.size_in_bytes:
                    raise OriginalChangedError(original.key)
        except ObjectMissingError as error:
            await _confirm_absence(storage, original.key)
            raise OriginalMissingError(original.key) from error
        await asyncio.to_thread(file.flush)
    if size_in_bytes < original.size_in_bytes:
        raise OriginalShortError(original.key)
    if sha256.digest() != original.sha256:
        raise OriginalChangedError(original.key)
    return Hashes(sha256.digest(), md5.digest())


async def _confirm_absence(storage: Storage, key: str) -> None:
    if await storage.exists(key):
        raise UnavailableError("The storage lists the original but does not give it.")
