"""Reading request bodies: streamed or small, with the client's failures told from ours."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import orjson
from aiohttp import BodyPartReader, MultipartReader, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from shared.domain.errors import InvalidInputError, UnsupportedEncodingError

MAX_JSON_BYTES = 1024 * 1024
CHUNK_BYTES = 128 * 1024

PLAIN_CODINGS = {
    "Content-Encoding": frozenset({"", "identity"}),
    "Content-Transfer-Encoding": frozenset({"", "7bit", "8bit", "binary"}),
}


KEPT = "Files before this place were stored."


async def defer_continue(_request: web.Request) -> None:
    """Let the handler look at the request before the client is told to send its body."""


async def continue_body(request: web.Request) -> None:
    """Tell a client that waits with `Expect: 100-continue` to go on."""
    if request.headers.get(hdrs.EXPECT, "").lower() == "100-continue":
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
        raise _cut_off() from error


async def stream_part(part: BodyPartReader) -> AsyncIterator[bytes]:
    """Yield one part of a multipart body as it comes."""
    check_coding(part.headers)
    try:
        while chunk := await part.read_chunk(CHUNK_BYTES):
            yield chunk
    except (web.RequestPayloadError, ValueError) as error:
        raise _cut_off() from error
    if not part.at_eof():  # the body ended, but no boundary did
        raise _cut_off()


async def skip_part(part: BodyPartReader) -> None:
    """Read on to the next part."""
    try:
        await part.release()
    except (web.RequestPayloadError, ValueError) as error:
        raise _cut_off() from error


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
        raise InvalidInputError(
            f"A part of the form has headers that cannot be read. {KEPT}"
        ) from error
    except (
        web.RequestPayloadError,
        ValueError,
        AssertionError,
        RuntimeError,
        LookupError,
    ) as error:
        raise InvalidInputError(f"The form cannot be read on from here: {error}. {KEPT}") from error


async def read_json(request: web.Request) -> Any:
    """Return the body as JSON of at most 1 MiB."""
    await continue_body(request)
    try:
        text = await request.read()
        return orjson.loads(text)
    except web.RequestPayloadError as error:
        raise _cut_off() from error
    except orjson.JSONDecodeError as error:
        raise InvalidInputError(f"The body is not JSON: {error}.") from error


def _cut_off() -> InvalidInputError:
    return InvalidInputError("The body ended before it was complete; this file was not kept.")
