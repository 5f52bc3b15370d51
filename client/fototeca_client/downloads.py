"""Bytes from a URL to a file: streamed, checked, and put in place once they are whole."""

import asyncio
import hashlib
import os
import tempfile
from pathlib import Path

from aiohttp import ClientSession
from yarl import URL

from fototeca_client.body import CHUNK_BYTES
from fototeca_client.calls import LOST, check_response, lost
from fototeca_client.errors import DamagedDownloadError
from fototeca_client.retries import PassingError, Retries, persist


async def download(
    session: ClientSession, url: str, target: Path, retries: Retries, sha256: str | None
) -> int:
    """Write what is served at `url`, which needs no key, to `target`; return the bytes written.

    Whoever looks at `target` sees what it was before, or all of it.
    """

    async def once() -> int:
        part = await asyncio.to_thread(_make_part, target)
        try:
            size, digest = await _fetch(session, url, part)
            if sha256 is not None and digest != sha256:
                raise PassingError(
                    DamagedDownloadError(f"{url} has the SHA-256 {digest}, not {sha256}.")
                )
            await asyncio.to_thread(part.replace, target)
        except LOST as error:
            raise lost(url, error) from error
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
        return size

    return await persist(once, retries)


async def _fetch(session: ClientSession, url: str, part: Path) -> tuple[int, str]:
    """Return how many bytes came, and their SHA-256; too few raise one of LOST."""
    digest, size = hashlib.sha256(), 0
    headers = {"Accept-Encoding": "identity"}
    async with session.get(URL(url, encoded=True), headers=headers) as response:
        await check_response(response)
        with part.open("wb") as file:

            def keep(chunk: bytes) -> None:
                digest.update(chunk)
                file.write(chunk)

            async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                await asyncio.to_thread(keep, chunk)
                size += len(chunk)
    return size, digest.hexdigest()


def _make_part(target: Path) -> Path:
    """Make an empty file beside `target`, with the rights that a new file has here."""
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".fototeca-", suffix=".part")
    umask = os.umask(0)
    os.umask(umask)
    os.fchmod(descriptor, 0o666 & ~umask)
    os.close(descriptor)
    return Path(name)
