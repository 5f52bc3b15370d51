"""The client tries again what may pass, as often and as late as it is told, and nothing else."""

import asyncio
import hashlib
import json
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from fototeca_client import (
    DamagedDownloadError,
    Effect,
    FileChangedError,
    Fototeca,
    NoAnswerError,
    NotFoundError,
    PreconditionFailedError,
    ProblemError,
    Retries,
    UnavailableError,
)
from tests.client import Client, picture
from tests.relay import LosingOne, listening
from tests.transfer.conftest import names_in
from worker.settings import Parts

QUICK = Retries(tries=3, first_s=0.01, longest_s=2)
EMPTY_LIST = b'{"value": []}'


def _answer(status: str, body: bytes = EMPTY_LIST, *headers: str) -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Moody:
    """A server that gives these answers, one a connection; an empty one is a cut connection."""

    def __init__(self, answers: list[bytes]) -> None:
        self.answers = answers
        self.requests: list[bytes] = []

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Answer one request."""
        self.requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self.answers.pop(0))
        writer.close()


@asynccontextmanager
async def _talking_to(serve: Callable[..., object]) -> AsyncIterator[Fototeca]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)  # type: ignore[arg-type]
    port = server.sockets[0].getsockname()[1]
    async with server, Fototeca(f"http://127.0.0.1:{port}/", "key", retries=QUICK) as library:
        yield library


@asynccontextmanager
async def _losing_one(client: Client) -> AsyncIterator[tuple[Fototeca, LosingOne]]:
    """Talk to the service by way of a relay that loses one answer."""
    relay = LosingOne(client.service.origin)
    url = relay.by_way(client.service.origin)
    async with listening(relay), Fototeca(url, client.key, retries=QUICK) as library:
        yield library, relay


PASSING = {
    "cut off": b"",
    "cut off in the middle": _answer("200 OK")[:-3],
    "503 that says when": _answer("503 Service Unavailable", EMPTY_LIST, "Retry-After: 0"),
    "429 that says when": _answer("429 Too Many Requests", EMPTY_LIST, "Retry-After: 0"),
    "409 that says when": _answer("409 Conflict", EMPTY_LIST, "Retry-After: 0"),
    "a date gone by": _answer(
        "503 Service Unavailable", EMPTY_LIST, "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT"
    ),
    "from a proxy": _answer("502 Bad Gateway", b"<html>"),
}


@pytest.mark.parametrize("first", PASSING.values(), ids=PASSING)
async def test_what_may_pass_is_tried_again(first: bytes) -> None:
    moody = Moody([first, first, _answer("200 OK")])
    async with _talking_to(moody.serve) as library:
        assert await library.find(["a.jpg"]) == {}
    assert len(moody.requests) == 3
    assert len(set(moody.requests)) == 1


FINAL = {
    "409 for good": _answer("409 Conflict"),
    "503 that says nothing": _answer("503 Service Unavailable"),
    "too long to wait for": _answer("503 Service Unavailable", EMPTY_LIST, "Retry-After: 3600"),
    "404": _answer("404 Not Found"),
    "a redirect": _answer("302 Found", b"", "Location: http://127.0.0.1:9/"),
    "500": _answer("500 Internal Server Error"),
}


@pytest.mark.parametrize("first", FINAL.values(), ids=FINAL)
async def test_what_will_not_pass_is_told_at_once(first: bytes) -> None:
    moody = Moody([first])
    async with _talking_to(moody.serve) as library:
        with pytest.raises(ProblemError):
            await library.get("a.jpg")
    assert len(moody.requests) == 1


async def test_what_s3_cannot_take_now_it_is_sent_again() -> None:
    bucket = Moody(
        [
            _answer("500 Internal Server Error", b"<Error/>"),
            _answer("503 Slow Down", b"<Error/>"),
            _answer("200 OK", b""),
        ]
    )
    async with await asyncio.start_server(bucket.serve, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        upload = {"method": "PUT", "url": f"http://{host}:{port}/bucket/key", "headers": {}}
        announced = _answer("201 Created", json.dumps({"upload": upload}).encode())
        service = Moody([announced, _answer("404 Not Found")])
        async with _talking_to(service.serve) as library:
            with pytest.raises(NotFoundError):
                await library.put_directly("a.jpg", b"bytes")
    assert (len(bucket.requests), len(service.requests)) == (3, 2)


async def test_tries_are_bounded_and_the_last_failure_is_told() -> None:
    moody = Moody([b"", b"", PASSING["503 that says when"]])
    async with _talking_to(moody.serve) as library:
        with pytest.raises(UnavailableError) as away:
            await library.get("a.jpg")
    assert away.value.was_lost
    moody = Moody([b"", b"", b""])
    async with _talking_to(moody.serve) as library:
        with pytest.raises(NoAnswerError):
            await library.get("a.jpg")
    assert len(moody.requests) == 3


async def test_a_service_is_not_asked_before_it_wants_to_be() -> None:
    busy = _answer("503 Service Unavailable", EMPTY_LIST, "Retry-After: 1")
    moody = Moody([busy, _answer("200 OK")])
    async with _talking_to(moody.serve) as library:
        began = time.monotonic()
        await library.find(["a.jpg"])
    assert time.monotonic() - began >= 1


async def test_a_next_link_never_leads_the_key_elsewhere() -> None:
    page = b'{"value": [], "@nextLink": "http://127.0.0.1:9/elsewhere?$skiptoken=x"}'
    moody = Moody([_answer("200 OK", page), _answer("200 OK")])
    async with _talking_to(moody.serve) as library:
        assert [image async for image in library.list()] == []
    assert moody.requests[1].startswith(b"GET /images?$skiptoken=x HTTP/1.1")


async def test_an_upload_whose_answer_was_lost_created_the_image(client: Client) -> None:
    async with _losing_one(client) as (library, relay):
        stored = await library.put("a.jpg", picture(), create_only=True)
    assert relay.lost == 1
    assert stored.effect is Effect.CREATED
    assert (await client.row("a.jpg")).revision == 1


async def test_a_lost_answer_does_not_hide_that_others_were_first(client: Client) -> None:
    await client.put("a.jpg", picture(shade=1))
    async with _losing_one(client) as (library, relay):
        with pytest.raises(PreconditionFailedError):
            await library.put("a.jpg", picture(shade=2), create_only=True)
    assert relay.lost == 1


async def test_a_deletion_whose_answer_was_lost_is_one(client: Client, parts: Parts) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    async with _losing_one(client) as (library, relay):
        await library.delete("a.jpg")
        assert relay.lost == 1
        with pytest.raises(NotFoundError):
            await library.delete("a.jpg")


async def test_a_file_that_shrinks_on_its_way_is_not_stored(
    library: Fototeca, tmp_path: Path
) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(bytes(4 * 1024 * 1024))

    def shrink(sent: int, _: int) -> None:
        if not sent:
            file.write_bytes(bytes(10))

    with pytest.raises(FileChangedError):
        await library.put("a.jpg", file, progress=shrink)
    assert await library.find(["a.jpg"]) == {}
    with pytest.raises(FileNotFoundError):
        await library.put("a.jpg", tmp_path / "nowhere.jpg")


async def test_a_damaged_download_is_not_kept(library: Fototeca, folder: Path) -> None:
    await library.put("a.jpg", picture())
    image = await library.get("a.jpg", select=["sha256"])
    assert image.fields["sha256"] == hashlib.sha256(picture()).hexdigest()
    image = replace(image, fields={**image.fields, "sha256": "0" * 64})
    with pytest.raises(DamagedDownloadError):
        await library.download(image, folder / "a.jpg")
    assert names_in(folder) == set()
