"""Each filtered list is looked for where its page is found soonest."""

import pytest

from api.dam.odata.filter import parse_filter
from api.dam.schema import SCALARS
from shared.db.outlook import Guess, Outlook
from shared.db.shares import Share
from shared.domain.order import with_tie_breaker
from shared.usecases.lists_ports import PageQuery, Selection

LARGE = Share(0.9, 9_000_000)
SMALL = Share(0.001, 10_000)
COLUMNS = {column.name: column for column in SCALARS.values()}


def outlook(text: str, order: str, rows: int, share: Share = LARGE) -> Outlook:
    keys = with_tie_breaker([(COLUMNS[order], order != "size_in_bytes")])
    query = PageQuery(Selection(parse_filter(text, SCALARS)), [], keys, limit=100)
    return Outlook(query, share, Guess(rows, is_seen=False, most=rows), share.images)


@pytest.mark.parametrize("order", ["created_on", "num_links", "size_in_bytes"])
def test_what_one_in_a_thousand_has_is_looked_for_in_bands(order: str) -> None:
    found = outlook("tags/any(t: t eq 'harbour')", order, 9_000)
    assert found.is_banded
    assert not found.windows
    assert not found.are_few


@pytest.mark.parametrize("order", ["created_on", "num_links", "size_in_bytes"])
def test_what_one_in_six_has_is_looked_for_in_its_order(order: str) -> None:
    found = outlook("tags/any(t: t eq 'animales')", order, 1_500_000)
    assert list(found.windows) == [4_000, 32_000]


def test_beginnings_of_names_are_asked_of_months_only_by_creation() -> None:
    assert not outlook("startswith(reference, 'dsc_')", "created_on", 450_000).windows
    windows = [4_000, 16_000]
    assert outlook("startswith(reference, 'dsc_')", "num_links", 450_000).windows == windows
    assert outlook("startswith(reference, 'dsc_')", "size_in_bytes", 450_000).windows == windows


@pytest.mark.parametrize("order", ["num_links", "size_in_bytes"])
def test_several_words_are_walked_to_rather_than_looked_up_in_their_long_lists(order: str) -> None:
    walked = outlook("contains(reference, 'tent-open')", order, 9_000)
    assert walked.windows == [192_000]
    assert not walked.are_few
    assert outlook("contains(reference, 'tent-open')", order, 3_000).are_few
    both = "tags/any(t: t eq 'animales') and tags/any(t: t eq 'red')"
    assert outlook(both, order, 25_000).windows == [64_000]


def test_two_lists_are_read_once_and_not_for_each_band_of_links() -> None:
    both = "tags/any(t: t eq 'animales') and tags/any(t: t eq 'red')"
    assert outlook(both, "created_on", 20_000).is_banded
    assert not outlook(both, "num_links", 20_000).is_banded


def test_few_are_gathered_and_all_of_a_small_tenant_is_looked_at() -> None:
    assert outlook("tags/any(t: t eq 'zeppelin')", "num_links", 90).are_few
    small = outlook("tags/any(t: t eq 'red')", "num_links", 300, SMALL)
    assert not small.are_few
    assert not small.is_banded
    assert list(small.windows) == [32_000]
