"""Every refusal is a problem in one form, also those of aiohttp and of its parser."""

import pytest
from yarl import URL

from tests.client import Client, assert_problem
from tests.raw import ask, connection, head, read_answer

FAR = "x" * 40_000


@pytest.mark.parametrize(
    "path", ["/nope", "/images/", "/images()/nope", "/images(a)/b", "/cdn", "//"]
)
async def test_nothing_there_is_a_404_that_names_it(path: str, client: Client) -> None:
    answer = await client.call("GET", path)
    assert_problem(answer, 404, "not-found")
    assert answer.json["instance"] == path


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/images(a.jpg)", {"GET", "HEAD", "PUT", "PATCH", "DELETE"}),
        ("PUT", "/images", {"GET", "HEAD", "POST"}),
        ("GET", "/images(a.jpg)/reprocess", {"POST"}),
        ("DELETE", "/cdn/demo/x", {"GET", "HEAD"}),
        ("TRACE", "/healthz", {"GET", "HEAD"}),
    ],
)
async def test_a_method_that_is_not_for_it_is_405_with_allow(
    method: str, path: str, allowed: set[str], client: Client
) -> None:
    answer = await client.call(method, path)
    assert_problem(answer, 405, "method-not-allowed")
    assert {name.strip() for name in answer.headers["Allow"].split(",")} == allowed


async def test_every_answer_says_its_request_id_and_is_not_to_be_sniffed(client: Client) -> None:
    for path in ("/nope", "/healthz", "/images", "/images(nope)", "/cdn/demo/x"):
        answer = await client.call("GET", path, headers={"X-Request-ID": "mine-1"})
        assert answer.headers["X-Request-ID"] == "mine-1"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for bad in ("a b", "x" * 65, "é"):
        answer = await client.call("GET", "/healthz", headers={"X-Request-ID": bad})
        assert answer.headers["X-Request-ID"] != bad
        assert answer.headers["X-Request-ID"]


async def test_a_problems_type_is_of_this_installation(client: Client) -> None:
    problem = (await client.get("nope")).json
    assert problem["type"] == f"{client.service.library.settings.origin}/errors/not-found"
    assert URL(problem["type"]).absolute
    assert problem["instance"] == "/images('nope')"


REFUSED_BY_THE_PARSER = {
    "no HTTP": b"hello\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 50 + b"\r\n\r\n",
    "unknown method": b"BREW /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "another version": b"GET /healthz HTTP/9.9\r\n\r\n",
    "header without a colon": b"GET /healthz HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n",
    "NUL in a header": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-API-KEY: a\0b\r\n\r\n",
    "long header": b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: " + FAR.encode() + b"\r\n\r\n",
    "long URL": b"GET /" + FAR.encode() + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "bad length": b"PUT /images(a) HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n",
    "negative length": b"PUT /images(a) HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "two lengths": b"PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
    b"Content-Length: 2\r\n\r\nab",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "two types": b"PUT /a HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\n"
    b"Content-Type: c/d\r\nContent-Length: 0\r\n\r\n",
    "smuggled": b"PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("data", REFUSED_BY_THE_PARSER.values(), ids=REFUSED_BY_THE_PARSER.keys())
async def test_what_the_parser_refuses_is_a_problem_too(data: bytes, client: Client) -> None:
    async with connection(client.service.port) as (reader, writer):
        writer.write(data)
        answer = await read_answer(reader)
        assert_problem(answer, 400, "bad-request")
        assert len(answer.json["detail"].split()) > 1, "not only how it began"
        assert await reader.read() == b""
    origin = client.service.library.settings.origin
    assert answer.json["type"] == f"{origin}/errors/bad-request"
    assert answer.headers["Server"] == "fototeca"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(answer.headers["X-Request-ID"]) == 36


async def test_an_expectation_that_nobody_knows_is_a_problem_too(client: Client) -> None:
    for method, path in (("GET", "/healthz"), ("GET", "/nope"), ("PUT", "/images(a.jpg)")):
        headers = {"Expect": "a miracle", "X-Request-ID": "mine-1"}
        answer = await client.call(method, path, headers=headers)
        assert_problem(answer, 417, "expectation-failed")
        assert answer.headers["X-Request-ID"] == "mine-1"
        assert answer.headers["Server"] == "fototeca"
        assert answer.json["type"].startswith(client.service.library.settings.origin)


async def test_many_headers_are_no_harm(client: Client) -> None:
    many = [f"X-{number}: {number}" for number in range(500)]
    answer = await ask(client.service.port, head(client, "GET /healthz", *many))
    assert answer.status in {200, 400}
