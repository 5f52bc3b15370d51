"""Reading request bodies: streamed or small, with the client's failures told from ours."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson
from aiohttp import BodyPartReader, MultipartReader, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from api.context import LIBRARY
from shared.domain.errors import (
    InvalidInputError,
    TooLargeError,
    UnsupportedEncodingError,
    UploadTimeoutError,
)

MAX_JSON_BYTES = 1024 * 1024
"""Of what aiohttp collects in memory; streamed bodies have limits of their own."""
JSON_S = 30.0
CHUNK_BYTES = 128 * 1024

FORM = "application/x-www-form-urlencoded"
MAX_FIELDS = 20
MAX_FORM_BYTES = 16 * 1024
"""Of fields alone, which a stranger may send: a megabyte of escapes takes a second to decode."""

CONTINUE = "100-continue"

_BODY = web.RequestKey("body", bytes)

PLAIN_CODINGS = {
    "Content-Encoding": frozenset({"", "identity"}),
    "Content-Transfer-Encoding": frozenset({"", "7bit", "8bit", "binary"}),
}


async def defer_continue(request: web.Request) -> None:
    """Let the handler look at the request before the client is told to send its body."""
    if (expected := request.headers[hdrs.EXPECT]).lower() != CONTINUE:
        raise web.HTTPExpectationFailed(text=f"Unknown Expect: {expected[:40]}")


async def continue_body(request: web.Request) -> None:
    """Tell a client that waits with `Expect: 100-continue` to go on."""
    if request.headers.get(hdrs.EXPECT, "").lower() == CONTINUE:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0


def check_coding(headers: Mapping[str, str]) -> None:
    """Refuse bodies that are compressed or encoded: they are stored as they come."""
    for name, plain in PLAIN_CODINGS.items():
        coding = headers.get(name, "")
        if coding.strip().lower() not in plain:
            raise UnsupportedEncodingError(
                f"{name}: {coding[:40]} is not taken here; send the bytes as they are.",
                field=name,
            )


async def stream_body(request: web.Request) -> AsyncIterator[bytes]:
    """Yield the body as it comes."""
    check_coding(request.headers)
    await continue_body(request)
    try:
        async for chunk in request.content.iter_any():
            yield chunk
    except web.RequestPayloadError as error:
        raise _cut_off("this file was not kept") from error


def overlook(_chunk: bytes) -> None:
    """Ignore the bytes: the default for `look`."""


async def stream_part(
    part: BodyPartReader, look: Callable[[bytes], None] = overlook
) -> AsyncIterator[bytes]:
    """Yield one part of a multipart body as it comes, and let `look` see it."""
    check_coding(part.headers)
    try:
        while chunk := await part.read_chunk(CHUNK_BYTES):
            look(chunk)
            yield chunk
    except (web.RequestPayloadError, ValueError) as error:
        raise _cut_off("this file was not kept") from error
    if not part.at_eof():  # the body ended, but no boundary did
        raise _cut_off("this file was not kept")


class Leftovers:
    """Bytes of a form that are only read past: bounded in size and time as one upload is."""

    def __init__(self, max_bytes: int, within_s: float) -> None:
        self._bytes_left = max_bytes
        self._seconds_left = within_s

    async def skip(self, part: BodyPartReader, look: Callable[[bytes], None] = overlook) -> bool:
        """Read on to the end of a part; False if the body ends before.

        Raises TooLargeError or UploadTimeoutError if the form has had its share.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(self._seconds_left):
                while chunk := await part.read_chunk(CHUNK_BYTES):
                    look(chunk)
                    self._bytes_left -= len(chunk)
                    if self._bytes_left < 0:
                        raise TooLargeError(
                            "Too much of this form is of no use; it was not read on from here."
                        )
        except TimeoutError as error:
            raise UploadTimeoutError(
                "The form took longer than it may; it was not read on from here."
            ) from error
        except (web.RequestPayloadError, ValueError):
            return False
        self._seconds_left -= loop.time() - began
        return part.at_eof()


async def parts_of(request: web.Request) -> AsyncIterator[BodyPartReader]:
    """Yield the parts of a `multipart/form-data` body, each to be read before the next."""
    check_coding(request.headers)
    try:
        reader = await request.multipart()
        await continue_body(request)
        while (part := await reader.next()) is not None:
            if isinstance(part, MultipartReader):
                raise InvalidInputError("A part may not be multipart itself.")
            yield part
    except HttpProcessingError as error:
        raise InvalidInputError("A part of the form has headers that cannot be read.") from error
    except (
        web.RequestPayloadError,
        ValueError,
        AssertionError,
        RuntimeError,
        LookupError,
    ) as error:
        raise InvalidInputError(f"The form cannot be read on from here: {error}.") from error


async def read_json(request: web.Request) -> Any:
    """Return the body as JSON of at most 1 MiB, which has half a minute to arrive, or less."""
    body = await read_bytes(request)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInputError(f"The body is not JSON: {error}.") from error


async def has_body(request: web.Request) -> bool:
    """Whether anything came: a body of unknown length may turn out to be empty."""
    return bool(await read_bytes(request))


async def read_form(request: web.Request) -> dict[str, str]:
    """Return the fields of an `application/x-www-form-urlencoded` body, each given once."""
    if request.content_type != FORM:
        raise InvalidInputError(f"Send the body as {FORM}.", field=hdrs.CONTENT_TYPE)
    body = await read_bytes(request)
    if len(body) > MAX_FORM_BYTES:
        raise TooLargeError(f"The form is larger than {MAX_FORM_BYTES >> 10} KiB.")
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError as error:
        raise InvalidInputError(
            f"The body cannot be read as at most {MAX_FIELDS} fields in UTF-8."
        ) from error
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise InvalidInputError("A field stands in the body twice; send each once.")
    return fields


async def read_bytes(request: web.Request) -> bytes:
    """Return a body of at most 1 MiB, not compressed, within half a minute or less."""
    if _BODY in request:
        return request[_BODY]
    check_coding(request.headers)
    within_s = min(JSON_S, request.app[LIBRARY].settings.upload_timeout_s)
    await continue_body(request)
    try:
        async with asyncio.timeout(within_s):
            request[_BODY] = await request.read()
    except TimeoutError as error:
        raise UploadTimeoutError(f"The body took longer than {within_s:g} s.") from error
    except web.RequestPayloadError as error:
        raise _cut_off("nothing was changed") from error
    return request[_BODY]


def _cut_off(consequence: str) -> InvalidInputError:
    return InvalidInputError(f"The body cannot be read to its end; {consequence}.")
