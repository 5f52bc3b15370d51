"""Whatever bytes stand in the list's options: rows or a problem that says why, never slowly."""

import time
from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from api.dam.odata.query import OF_LISTS, read_query
from api.dam.options import read_list
from shared.domain.errors import InvalidInputError
from tests.client import Answer, Client, Connection
from tests.library import fill
from tests.raw import ask, head
from tests.unit.odata.garble import TOKENS, query_strings

SIZE = 60
LIST = "/images"
PATHS = [LIST, LIST, LIST, LIST, "/images/$count", "/images(image-0001.jpg)", "/", "/$metadata"]
MAX_PARSE_MS = 50.0
NO_HEADERS = CIMultiDict[str]()
FILLED: set[str] = set()


async def is_answered(client: Client, path: str, query: bytes) -> None:
    """Ask as an attacker would, and check that what comes back may come back."""
    mark = "QUERY"
    request = head(client, f"GET {path}?{mark}", "Connection: close")
    answer = await ask(client.service.port, request.replace(mark.encode(), query, 1))
    if answer.status == 200:
        assert path != LIST or isinstance(answer.json["value"], list)
    else:
        check_problem(answer)


def check_problem(answer: Answer) -> None:
    """Only the statement timeout may be a 5xx, and it says how to narrow the query."""
    assert answer.status < 500 or answer.status == 503, answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["status"] == answer.status
    assert answer.json["detail"].strip()
    if answer.status == 503:
        assert "narrow" in answer.json["detail"].lower(), answer.body


def parse_ms(query: bytes) -> float:
    """Read the options as the service does; return this thread's milliseconds on a processor."""
    text = query.decode("utf-8", "surrogateescape")
    began = time.thread_time_ns()
    with suppress(InvalidInputError):
        read_list(read_query(text, OF_LISTS), NO_HEADERS, TOKENS)
    return (time.thread_time_ns() - began) / 1e6


@settings(
    max_examples=500,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(path=st.sampled_from(PATHS), query=query_strings())
async def test_any_query_string_is_answered_and_read_at_once(
    client: Client, postgres: Connection, path: str, query: bytes
) -> None:
    if client.key not in FILLED:
        await fill(client, postgres, SIZE)
        FILLED.add(client.key)
    # Twice, since the garbage collector may run in one reading.
    assert min(parse_ms(query), parse_ms(query)) < MAX_PARSE_MS
    await is_answered(client, path, query)
