"""Requests to users' URLs over real connections: which answers are taken, and for how long."""

import gzip
import time

import pytest

from shared.domain.errors import (
    OutgoingError,
    SourceNotFoundError,
    SourceRefusedError,
    SourceTooLargeError,
    SourceUnreachableError,
)
from shared.outgoing.requests import Limits
from tests.outgoing import BODY, LIMITS, fetched, reaching
from tests.sources import Source, answer, drip, redirect, silence


async def test_an_allowed_host_is_asked_for_the_bytes_as_they_are(source: Source) -> None:
    source.answers["/a%20b.jpg?x=%2F"] = answer(BODY)
    async with reaching(source.host) as outgoing:
        assert await fetched(outgoing, source.url("/a%20b.jpg?x=%2F#part")) == BODY
    (head,) = source.heads
    assert f"Host: {source.host}\r\n" in head
    assert "Accept-Encoding: identity\r\n" in head


async def test_redirects_are_followed_one_by_one(source: Source) -> None:
    source.answers |= {
        "/1": redirect("/2", 301),
        "/2": redirect(source.url("/3"), 307),
        "/3": redirect("?4", 308),
        "/3?4": answer(BODY),
    }
    async with reaching(source.host) as outgoing:
        assert await fetched(outgoing, source.url("/1")) == BODY


async def test_a_loop_of_redirects_ends(source: Source) -> None:
    source.answers |= {
        "/1": redirect("/2"),
        "/2": redirect("/1"),
        "/nowhere": answer(b"", status=302),
    }
    async with reaching(source.host) as outgoing:
        for path in ("/1", "/nowhere"):
            with pytest.raises(SourceRefusedError):
                await fetched(outgoing, source.url(path))
    assert len(source.heads) == 7


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, SourceNotFoundError),
        (410, SourceNotFoundError),
        (403, SourceRefusedError),
        (206, SourceRefusedError),
        (429, SourceUnreachableError),
        (503, SourceUnreachableError),
    ],
)
async def test_every_status_but_200_has_its_meaning(
    source: Source, status: int, error: type[OutgoingError]
) -> None:
    source.answers["/"] = answer(BODY, status=status)
    async with reaching(source.host) as outgoing:
        with pytest.raises(error):
            await fetched(outgoing, source.url("/"))


async def test_more_bytes_than_allowed_are_not_read(source: Source) -> None:
    chunked = "Transfer-Encoding: chunked"
    source.answers |= {
        "/announced": answer(b"", length=10**12),
        "/endless": drip(b"x" * 65536, 0),
        "/chunked": drip(b"10000\r\n" + b"x" * 65536 + b"\r\n", 0, chunked),
    }
    async with reaching(source.host) as outgoing:
        for path in source.answers:
            with pytest.raises(SourceTooLargeError):
                await fetched(outgoing, source.url(path))


async def test_bytes_that_are_compressed_unasked_are_not_unpacked(source: Source) -> None:
    bomb = gzip.compress(bytes(10**7))
    source.answers["/"] = answer(bomb, "Content-Encoding: gzip")
    async with reaching(source.host) as outgoing:
        with pytest.raises(SourceRefusedError):
            await fetched(outgoing, source.url("/"))


async def test_a_body_that_breaks_off_is_not_taken_for_whole(source: Source) -> None:
    source.answers["/"] = answer(BODY, length=len(BODY) + 1)
    async with reaching(source.host) as outgoing:
        with pytest.raises(SourceUnreachableError):
            await fetched(outgoing, source.url("/"))


async def test_silence_and_drips_end_in_time(source: Source) -> None:
    source.answers |= {"/silent": silence, "/drip": drip(b"x", 0.05), "/stop": drip(b"x", 60)}
    started = time.monotonic()
    async with reaching(source.host) as outgoing:
        for path in source.answers:
            with pytest.raises(SourceUnreachableError):
                await fetched(outgoing, source.url(path), Limits(0.6, 0.3, 100_000))
    assert time.monotonic() - started < 30


async def test_who_sends_slower_than_anybody_should_is_not_waited_for(source: Source) -> None:
    source.answers |= {"/drip": drip(b"x", 0.05), "/fast": drip(b"x" * 8192, 0.05)}
    async with reaching(source.host) as outgoing:
        with pytest.raises(SourceUnreachableError, match="too slowly"):
            await fetched(outgoing, source.url("/drip"), Limits(60, 0.5, 300_000))
        with pytest.raises(SourceTooLargeError):  # it came as far as that
            await fetched(outgoing, source.url("/fast"), Limits(60, 5, 300_000))


async def test_a_reader_that_fails_is_not_blamed_on_the_source(source: Source) -> None:
    source.answers["/"] = answer(BODY)
    async with reaching(source.host) as outgoing:
        with pytest.raises(TimeoutError):
            async with outgoing.get(source.url("/"), LIMITS):
                raise TimeoutError


async def test_news_is_posted_and_the_answer_returned_whatever_it_is(source: Source) -> None:
    source.answers |= {
        "/ok": answer(b"", status=204),
        "/elsewhere": redirect("http://127.0.0.1:1/"),
        "/busy": answer(b"", "Retry-After: 7", status=503),
        "/silent": silence,
    }
    headers = {"Content-Type": "application/json", "webhook-id": "1"}
    async with reaching(source.host) as outgoing:
        for path, status in {"/ok": 204, "/elsewhere": 302, "/busy": 503}.items():
            reply = await outgoing.post(source.url(path), b'{"a":1}', headers, LIMITS)
            assert reply.status == status
        assert reply.headers["Retry-After"] == "7"
        with pytest.raises(SourceUnreachableError):
            await outgoing.post(source.url("/silent"), b"{}", headers, Limits(0.3, 0.3, 0))
    assert source.heads[0].startswith("POST /ok HTTP/1.1\r\n")
    assert "webhook-id: 1\r\n" in source.heads[0]
