"""An original from S3 to a file, hashed on the way, in bounded memory."""

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from shared.domain.errors import ObjectMissingError, UnavailableError
from shared.usecases.ports import Original, Storage


@dataclass(frozen=True, slots=True)
class Hashes:
    """Of the bytes that S3 gave."""

    sha256: bytes
    md5: bytes


class OriginalMissingError(Exception):
    """S3 answers, lists its keys, and the original is not among them."""


async def download(storage: Storage, original: Original, target: Path) -> Hashes:
    """Write the original to `target`; raise unless its bytes are those that were acknowledged."""
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)

    def absorb(file: BinaryIO, chunk: bytes) -> None:
        sha256.update(chunk)
        md5.update(chunk)
        file.write(chunk)

    with await asyncio.to_thread(target.open, "wb") as file:
        try:
            async for chunk in storage.read(original.key):
                await asyncio.to_thread(absorb, file, chunk)
        except ObjectMissingError as error:
            await _confirm_absence(storage, original.key)
            raise OriginalMissingError(original.key) from error
        await asyncio.to_thread(file.flush)
    if sha256.digest() != original.sha256:
        raise UnavailableError("The storage gave other bytes than were uploaded.")
    return Hashes(sha256.digest(), md5.digest())


async def _confirm_absence(storage: Storage, key: str) -> None:
    if await storage.exists(key):
        raise UnavailableError("The storage lists the original but does not give it.")
