"""The benchmark of lists asks for what the API takes, and counts as it says."""

from collections import Counter
from http import HTTPStatus

from multidict import CIMultiDict

from api.dam.odata.query import OF_LISTS, read_query
from api.dam.options import read_list
from api.skiptokens import Skiptokens
from tests.benchmarks.caller import Reply
from tests.benchmarks.lists import Line, Verdict
from tests.benchmarks.queries import Query, read_queries
from tests.benchmarks.timing import Times, take_times

SAMPLE = {
    "id": 7,
    "uid": "0190163d-8694-739b-aea5-966c26f8ad91",
    "reference": "it's 100% a & b.jpg",
    "sha256": "ab" * 32,
    "sizeInBytes": 9,
    "createdOn": "2024-04-05T08:44:33Z",
    "modifiedOn": "2024-04-05T08:44:33Z",
}


def _times(*spent_ms: float, status: int = HTTPStatus.OK) -> Times:
    times = Times()
    for spent in spent_ms:
        times.add(Reply(status, b"", spent))
    return times


def test_every_query_is_one_that_the_api_takes() -> None:
    queries = read_queries()
    assert len(queries) > 150
    for query in queries:
        options = read_query(query.path(SAMPLE).partition("?")[2], OF_LISTS)
        read_list(options, CIMultiDict(), Skiptokens(bytes(32)))


def test_every_query_has_a_name_of_its_own() -> None:
    assert Counter(query.name for query in read_queries()).most_common(1)[0][1] == 1


def test_p95_is_the_time_that_19_of_20_keep_to() -> None:
    assert _times(*range(1, 21)).p95_ms == 19
    assert _times(*range(1, 41)).p95_ms == 38
    assert _times(3).p95_ms == 3


def test_growth_is_told_from_jitter_and_refusal() -> None:
    query = Query("one", "$orderby=createdOn desc")

    def verdict(smallest: Times, largest: Times) -> Verdict:
        return Line("large", query, {"10k": smallest, "10m": largest}).verdict

    assert verdict(_times(1, 1, 1), _times(4, 4, 4)) is Verdict.KEEPS
    assert verdict(_times(10, 10, 10), _times(12, 13, 13)) is Verdict.KEEPS
    assert verdict(_times(10, 10, 10), _times(10, 10, 40)) is Verdict.JITTERS
    assert verdict(_times(2, 2, 2), _times(6, 6, 6)) is Verdict.MISSES
    assert verdict(_times(2), _times(1, status=503)) is Verdict.MISSES


def test_contains_words_and_tags_may_take_longer() -> None:
    assert Query("one", "$search=a").limit_ms == 20
    assert Query("one", "$filter=tags/any()").limit_ms == 20
    assert Query("one", "$filter=contains(reference, 'a')").limit_ms == 20
    assert Query("one", "$filter=startswith(reference, 'a')").limit_ms == 5


def test_sizes_are_asked_in_turns() -> None:
    asked: list[str] = []

    def request(name: str) -> Reply:
        asked.append(name)
        return Reply(HTTPStatus.OK, b'{"value": [1, 2]}', 1.0)

    times = take_times({"10k": lambda: request("10k"), "10m": lambda: request("10m")})
    rounds = len(times["10k"].spent_ms)
    assert asked[-2 * rounds :] == ["10k", "10m"] * rounds
    assert times["10m"].rows == 2
