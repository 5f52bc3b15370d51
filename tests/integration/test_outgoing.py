"""Requests to users' URLs over real connections: where they go, and where they never go."""

import gzip
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from shared.domain.errors import (
    OutgoingError,
    SourceForbiddenError,
    SourceNotFoundError,
    SourceRefusedError,
    SourceTooLargeError,
    SourceUnreachableError,
)
from shared.outgoing.requests import Limits, Outgoing
from shared.outgoing.urls import AllowedHosts
from tests.certificates import make_certificates
from tests.sources import Source, answer, drip, redirect, running_source, silence

BODY = b"bytes of a picture " * 1000
LIMITS = Limits(total_s=60, idle_s=30, max_bytes=100_000)
BRIEF = Limits(total_s=1, idle_s=1, max_bytes=1)
"""For what nobody answers."""


class Names(AbstractResolver):
    """A name server of the test's own: each look-up of any name takes the next address."""

    def __init__(self, *addresses: str) -> None:
        self.left = list(addresses)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Give an address away."""
        address = self.left.pop(0)
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
        ]

    async def close(self) -> None:
        """Have nothing to close."""


@asynccontextmanager
async def reaching(*allowed: str, resolver: Names | None = None) -> AsyncIterator[Outgoing]:
    outgoing = Outgoing(AllowedHosts.parse(",".join(allowed)), resolver=resolver)
    try:
        yield outgoing
    finally:
        await outgoing.close()


async def fetched(outgoing: Outgoing, url: str, limits: Limits = LIMITS) -> bytes:
    async with outgoing.get(url, limits) as body:
        return b"".join([chunk async for chunk in body])


@pytest.fixture
async def source() -> AsyncIterator[Source]:
    async with running_source() as running:
        yield running


async def test_an_allowed_host_is_asked_for_the_bytes_as_they_are(source: Source) -> None:
    source.answers["/a%20b.jpg?x=%2F"] = answer(BODY)
    async with reaching(source.host) as outgoing:
        assert await fetched(outgoing, source.url("/a%20b.jpg?x=%2F#part")) == BODY
    (head,) = source.heads
    assert f"Host: {source.host}\r\n" in head
    assert "Accept-Encoding: identity\r\n" in head


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "017700000001",
        "0177.0.0.1",
        "0",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::]",
        "[::1]",
        "127.0.0.1.",
        "127。0。0。1",
    ],
)
async def test_this_machine_is_not_reached_however_it_is_spelled(source: Source, host: str) -> None:
    source.answers["/"] = answer(BODY)
    async with reaching() as outgoing:
        with pytest.raises(OutgoingError) as refused:
            await fetched(outgoing, source.url("/", host))
    assert refused.value.reason in {"source_forbidden", "source_unreachable"}
    assert source.heads == []


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "::1"])
async def test_a_name_of_a_private_address_is_forbidden(source: Source, address: str) -> None:
    async with reaching(resolver=Names(address)) as outgoing:
        with pytest.raises(SourceForbiddenError) as forbidden:
            await fetched(outgoing, source.url("/", "pictures.test"))
    assert address not in forbidden.value.detail
    assert source.heads == []


async def test_a_name_is_looked_up_once_and_that_very_address_is_connected_to(
    source: Source,
) -> None:
    names = Names("192.0.2.1", "127.0.0.1")
    async with reaching("rebinding.test", resolver=names) as outgoing:
        with pytest.raises(SourceUnreachableError):
            await fetched(outgoing, source.url("/", "rebinding.test"), BRIEF)
    assert names.left == ["127.0.0.1"]
    assert source.heads == []


async def test_a_name_that_was_public_is_judged_again_for_every_connection(source: Source) -> None:
    names = Names("8.8.8.8", "127.0.0.1")
    async with reaching(resolver=names) as outgoing:
        with pytest.raises(SourceUnreachableError):
            await fetched(outgoing, source.url("/", "rebinding.test"), BRIEF)
        with pytest.raises(SourceForbiddenError):
            await fetched(outgoing, source.url("/", "rebinding.test"))
    assert names.left == []
    assert source.heads == []


async def test_redirects_are_followed_one_by_one(source: Source) -> None:
    source.answers |= {
        "/1": redirect("/2", 301),
        "/2": redirect(source.url("/3"), 307),
        "/3": redirect("?4", 308),
        "/3?4": answer(BODY),
    }
    async with reaching(source.host) as outgoing:
        assert await fetched(outgoing, source.url("/1")) == BODY


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "//10.0.0.1/",
        "http://localhost:1/",
        "file:///etc/passwd",
        "ftp://example.com/",
        "https://me:secret@example.com/",
    ],
)
async def test_a_redirect_to_where_nobody_may_go_is_forbidden(
    source: Source, location: str
) -> None:
    source.answers["/"] = redirect(location)
    async with reaching(source.host) as outgoing:
        with pytest.raises(SourceForbiddenError):
            await fetched(outgoing, source.url("/"))


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


async def test_an_unknown_or_impossible_name_is_unreachable() -> None:
    names = [
        "nowhere.invalid",
        "no where.invalid",
        "a..b.example",
        "a" * 64 + ".example",
        ".".join(["abc"] * 100),
    ]
    async with reaching() as outgoing:
        for name in names:
            with pytest.raises(OutgoingError):
                await fetched(outgoing, f"http://{name}/", Limits(5, 2, 1))


async def test_proxies_of_the_environment_are_not_used(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", source.url("/"))
    async with reaching(resolver=Names("127.0.0.1")) as outgoing:
        with pytest.raises(SourceForbiddenError):
            await fetched(outgoing, "http://example.com/")
    assert source.heads == []


async def test_a_certificate_must_be_for_the_name() -> None:
    server_tls, client_tls = make_certificates("right.test")
    names = Names("127.0.0.1", "127.0.0.1")
    outgoing = Outgoing(AllowedHosts.parse("right.test,wrong.test"), resolver=names, tls=client_tls)
    async with running_source(server_tls) as source:
        source.answers["/"] = answer(BODY)
        assert await fetched(outgoing, source.url("/", "right.test", "https")) == BODY
        with pytest.raises(SourceUnreachableError, match="certificate"):
            await fetched(outgoing, source.url("/", "wrong.test", "https"))
    await outgoing.close()


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


async def test_news_to_a_private_address_is_forbidden(source: Source) -> None:
    async with reaching() as outgoing:
        for host in ("127.0.0.1", "localhost"):
            with pytest.raises(SourceForbiddenError):
                await outgoing.post(source.url("/", host), b"{}", {}, LIMITS)
    assert source.heads == []
