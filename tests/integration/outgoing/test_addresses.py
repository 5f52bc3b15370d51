"""Requests to users' URLs over real connections: where they go, and where they never go."""

import pytest

from shared.domain.errors import (
    OutgoingError,
    SourceForbiddenError,
    SourceUnreachableError,
)
from shared.outgoing.requests import Limits, Outgoing
from shared.outgoing.urls import AllowedHosts
from tests.certificates import make_certificates
from tests.outgoing import BODY, BRIEF, LIMITS, Names, fetched, reaching
from tests.sources import Source, answer, redirect, running_source


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


async def test_news_to_a_private_address_is_forbidden(source: Source) -> None:
    async with reaching() as outgoing:
        for host in ("127.0.0.1", "localhost"):
            with pytest.raises(SourceForbiddenError):
                await outgoing.post(source.url("/", host), b"{}", {}, LIMITS)
    assert source.heads == []
