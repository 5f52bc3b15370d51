"""Bytes from a URL to a file: streamed, checked, and put in place once they are whole."""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ClientSession
from yarl import URL

from fototeca_client.body import CHUNK_BYTES
from fototeca_client.calls import LOST, check_response, lost
from fototeca_client.errors import AddressExpiredError, DamagedDownloadError, FototecaError
from fototeca_client.image import Image, Rendition
from fototeca_client.retries import PassingError, Retries, persist


@dataclass(frozen=True, slots=True)
class Fetch:
    """What a download needs: the connections, the target file, and how often to retry."""

    session: ClientSession
    target: Path
    retries: Retries


async def download(
    fetch: Fetch, image: Image, rendition: Rendition, again: Callable[[], Awaitable[Image]]
) -> int:
    """Write an original or a thumbnail; return the bytes written.

    `again` asks for the image once more, if its URL is over.
    """
    sha256 = image.fields.get("sha256") if rendition is Rendition.ORIGINAL else None
    try:
        return await _download(fetch, _url_of(image, rendition), sha256)
    except AddressExpiredError:
        return await _download(fetch, _url_of(await again(), rendition), sha256)


def _url_of(image: Image, rendition: Rendition) -> str:
    url = image.url(rendition)
    if url is None:
        raise FototecaError(f"{image.reference} has no {rendition} (status {image.status}).")
    return url


async def _download(fetch: Fetch, url: str, sha256: str | None) -> int:
    """Write what is served at `url`, which needs no key, to the target.

    Whoever looks at the target sees what it was before, or all of it.
    """

    async def once() -> int:
        part = await asyncio.to_thread(_make_part, fetch.target)
        try:
            size, digest = await _fetch(fetch.session, url, part)
            if sha256 is not None and digest != sha256:
                raise PassingError(
                    DamagedDownloadError(f"{url} has the SHA-256 {digest}, not {sha256}.")
                )
            await asyncio.to_thread(part.replace, fetch.target)
        except LOST as error:
            raise lost(url, error) from error
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
        return size

    return await persist(once, fetch.retries)


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
