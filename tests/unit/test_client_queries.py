"""What the client writes into paths and queries, and how long it waits."""

from urllib.parse import quote

import pytest

from api.dam.odata.limits import MAX_CHARACTERS
from api.dam.odata.query import MAX_CHARACTERS as MAX_QUERY
from fototeca_client.queries import batches, filter_of_names, path_to, query_of
from fototeca_client.retries import Retries, retry_after_s


@pytest.mark.parametrize("name", ["a.jpg", "'" * 255, "漢" * 255, "🖼" * 255, "x" * 255])
def test_batches_fit_into_what_the_service_takes(name: str) -> None:
    names = [f"{number}{name}"[:255] for number in range(500)]
    cut = list(batches(names))
    assert [one for batch in cut for one in batch] == names
    for batch in cut:
        wanted = filter_of_names(batch)
        assert len(batch) <= 100
        assert len(wanted) <= MAX_CHARACTERS
        assert len(quote(wanted, safe="")) <= MAX_QUERY - 400


def test_paths_and_queries_are_encoded() -> None:
    assert path_to("it's/50%.jpg") == "/images(%27it%27%27s%2F50%25.jpg%27)"
    assert query_of({"$filter": "a eq 'b&c'", "$top": None}) == "?$filter=a%20eq%20%27b%26c%27"
    assert query_of({"$filter": None}) == ""
    assert list(batches([])) == []


def test_pauses_grow_and_end() -> None:
    retries = Retries(tries=20, first_s=1, longest_s=30)
    pauses = [retries.pause_s(failures, None) for failures in range(1, 20)]
    for exponent, pause_s in enumerate(pauses):
        assert pause_s is not None
        assert min(30, 2**exponent) / 2 <= pause_s <= min(30, 2**exponent)
    assert retries.pause_s(20, None) is None
    assert retries.pause_s(20, 0) is None
    assert retries.pause_s(1, 31) is None
    assert 10 <= (retries.pause_s(1, 10) or 0) <= 12.5


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "٣"}, None),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(header) == seconds
