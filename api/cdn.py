"""The embedded CDN: keys streamed from S3, described by Postgres, immutable once Ok."""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast
from urllib.parse import quote

import structlog
from aiohttp import hdrs, web

from api.context import LIBRARY
from api.problems import problem, problem_response
from api.urls import decode_segment
from shared.domain.errors import (
    DomainError,
    GoneError,
    NotFoundError,
    ObjectMissingError,
    UnavailableError,
)
from shared.usecases.objects_ports import ServedObject

log = structlog.get_logger(__name__)

PREFIX = "/cdn/"
IMMUTABLE = "public, max-age=31536000, immutable"
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
RASTER_TYPES = frozenset(
    f"image/{name}"
    for name in ("jpeg", "png", "gif", "webp", "tiff", "bmp", "avif", "heic", "jp2", "x-icon")
)
"""What browsers take for pixels and nothing else. An SVG is a document, which may hold scripts."""

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")

SMALL_BYTES = 256 * 1024
STALLED_S = 30.0
"""A reader that takes nothing for so long is cut off."""


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes to send; `partial` when fewer than all were asked for."""

    start: int
    length: int
    partial: bool


def routes() -> list[web.RouteDef]:
    """Return the route; HEAD comes with it."""
    return [web.get(PREFIX + "{key:.+}", serve)]


def sandboxed(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that every answer under the prefix carries, whoever made it."""
    if request.rel_url.raw_path.startswith(PREFIX):
        response.headers.update(SECURITY)


async def serve(request: web.Request) -> web.StreamResponse:
    """Send the object of a key, or as much of it as was asked for."""
    library = request.app[LIBRARY]
    raw = request.rel_url.raw_path.removeprefix(PREFIX)
    key = "/".join(decode_segment(segment) for segment in raw.split("/"))
    tenant = key.partition("/")[0]
    item = await library.database.served_object(tenant, _without_nul(key))
    if item is None:
        raise NotFoundError("There is no such file, or not any more.")
    structlog.contextvars.bind_contextvars(tenant=tenant, image=item.reference)
    left_s = _check_address(request, key) if item.is_private else None
    if item.deleted:
        raise GoneError("The image was deleted.")
    headers = _headers(item, left_s)
    if _names(request.headers.get(hdrs.IF_NONE_MATCH), headers[hdrs.ETAG]):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    span = _span(request, item, headers[hdrs.ETAG])
    if span is None:
        return _unsatisfiable(request, item)
    response = _response(span, item, headers)
    if request.method == hdrs.METH_HEAD:
        await response.prepare(request)
        return response
    return await _send(request, response, key, span)


def _response(span: Span, item: ServedObject, headers: Mapping[str, str]) -> web.StreamResponse:
    status = HTTPStatus.PARTIAL_CONTENT if span.partial else HTTPStatus.OK
    response = web.StreamResponse(status=status, headers=headers)
    response.content_length = span.length
    if span.partial:
        last = span.start + span.length - 1
        response.headers[hdrs.CONTENT_RANGE] = f"bytes {span.start}-{last}/{item.size_in_bytes}"
    return response


def _check_address(request: web.Request, key: str) -> int:
    """Return for how many seconds more the address of a private original is good."""
    query = request.rel_url.query
    signer = request.app[LIBRARY].signer
    return signer.check(key, query.get("expires"), query.get("signature"), time.time())


async def _send(
    request: web.Request, response: web.StreamResponse, key: str, span: Span
) -> web.StreamResponse:
    """Send the bytes; what fails before the first is an error, after it a cut connection.

    What is small is taken from the storage first, so that a slow reader keeps no one from it.
    """
    library = request.app[LIBRARY]
    length = span.length if span.partial else None
    is_small = span.length <= SMALL_BYTES
    async with (library.small_downloads if is_small else library.downloads).place():
        body = library.pictures.read(key, start=span.start, length=length)
        async with aclosing(cast("AsyncGenerator[bytes, None]", body)) as chunks:
            head = await _first(chunks, key, span.length if is_small else 1)
            if len(head) < span.length:
                await response.prepare(request)
                return await _pass_on(request, response, head, chunks, span.length)
    await response.prepare(request)
    return await _pass_on(request, response, head, None, span.length)


async def _first(chunks: AsyncIterator[bytes], key: str, wanted: int) -> bytes:
    """Read at least so many bytes, while an error can still be answered."""
    parts: list[bytes] = []
    try:
        async for chunk in chunks:
            parts.append(chunk)
            wanted -= len(chunk)
            if wanted <= 0:
                break
    except ObjectMissingError as error:
        log.exception("object_missing", key=key)
        raise UnavailableError("The storage does not have this file now.") from error
    return b"".join(parts)


async def _pass_on(
    request: web.Request,
    response: web.StreamResponse,
    head: bytes,
    chunks: AsyncIterator[bytes] | None,
    promised: int,
) -> web.StreamResponse:
    """Pass the bytes on as they come; hang up if they stop, or if nobody takes them."""
    sent = 0
    try:
        async with asyncio.timeout(STALLED_S) as deadline:
            async for chunk in _chain(head, chunks):
                await response.write(chunk)
                sent += len(chunk)
                deadline.reschedule(asyncio.get_running_loop().time() + STALLED_S)
    except (DomainError, TimeoutError) as error:
        log.warning("stream_cut", detail=str(error) or f"not read for {STALLED_S} s")
    if sent < promised:
        log.warning("stream_too_short", bytes=sent, promised=promised)
        _hang_up(request)
    else:
        await response.write_eof()
    return response


async def _chain(head: bytes, chunks: AsyncIterator[bytes] | None) -> AsyncIterator[bytes]:
    yield head
    if chunks is not None:
        async for chunk in chunks:
            yield chunk


def _hang_up(request: web.Request) -> None:
    """End the connection at once: the only way to say that a body is not complete."""
    if request.transport is not None:
        request.transport.abort()


def _headers(item: ServedObject, left_s: int | None) -> dict[str, str]:
    """Return what is said of a file; `left_s` is how long its address is good, if that ends."""
    inline = item.content_type in RASTER_TYPES
    disposition = "inline" if inline else "attachment"
    name = quote(item.reference, safe="")
    return {
        hdrs.CONTENT_TYPE: str(item.content_type) if inline else "application/octet-stream",
        hdrs.CONTENT_DISPOSITION: f"{disposition}; filename*=UTF-8''{name}",
        hdrs.CACHE_CONTROL: _caching(inline=inline, left_s=left_s),
        hdrs.ETAG: f'"{item.sha256.hex()}{"" if inline else "-raw"}"',
        hdrs.ACCEPT_RANGES: "bytes",
    }


def _caching(*, inline: bool, left_s: int | None) -> str:
    if left_s is None:
        return IMMUTABLE if inline else "no-cache"
    return f"private, max-age={left_s}" if inline else "private, no-cache"


def _span(request: web.Request, item: ServedObject, etag: str) -> Span | None:
    """Return what to send; None if the range lies outside. Several ranges are sent as all."""
    whole = Span(0, item.size_in_bytes, partial=False)
    match = _RANGE.fullmatch(request.headers.get(hdrs.RANGE, "").strip())
    if match is None or match[0] == "bytes=-" or request.method != hdrs.METH_GET:
        return whole
    if request.headers.get(hdrs.IF_RANGE, etag) != etag:
        return whole
    first, last = match.groups()
    if not first:
        start, end = max(0, item.size_in_bytes - int(last)), item.size_in_bytes
    else:
        start = int(first)
        end = min(int(last) + 1, item.size_in_bytes) if last else item.size_in_bytes
        if last and int(last) < start:
            return whole
    return Span(start, end - start, partial=True) if start < end else None


def _unsatisfiable(request: web.Request, item: ServedObject) -> web.Response:
    body = problem(
        request.app[LIBRARY].settings.origin,
        request.rel_url.raw_path,
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
        "range-not-satisfiable",
        f"The file has {item.size_in_bytes} bytes; the range lies outside.",
        hdrs.RANGE,
    )
    return problem_response(body, {hdrs.CONTENT_RANGE: f"bytes */{item.size_in_bytes}"})


def _names(header: str | None, etag: str) -> bool:
    if header is None:
        return False
    return any(part.strip().removeprefix("W/") in {etag, "*"} for part in header.split(","))


def _without_nul(key: str) -> str:
    if "\0" in key:
        raise NotFoundError("No file's name holds a NUL.")
    return key
