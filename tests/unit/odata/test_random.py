"""Whatever text comes, it is a tree or a refusal that names the option and the character."""

import re
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.dam.odata.filter import parse_filter
from api.dam.odata.orderby import parse_orderby
from shared.domain.errors import InvalidInputError
from shared.domain.expression import Type
from tests.unit.odata.evaluate import evaluate
from tests.unit.odata.generate import filters, rows, written_twice
from tests.unit.odata.properties import PROPERTIES

PIECES = [
    *PROPERTIES, "tags", "tags/any(", "tags/all(t:", "tags/$count", "$it/", "t", "eq", "ne", "lt",
    "in", "and", "or", "not", "add", "sub", "mul", "div", "mod", "-", "(", ")", ",", ":", "/", "''",
    "'a'", "'", "1", "-1", "1.5", "1e9", "true", "null", "2024-02-30", "2024-04-05T08:44:33Z", "T",
    "duration'P1D'", "00000000-0000-0000-0000-000000000000", "now()", "contains(", "substring(",
    "year(", "round(", " ", "\t", "\n", "=", "\0", "\ud800", "\u00e9", "\u0301", "\u2019",
]  # fmt: skip
SLOW = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


def is_answered(text: str) -> None:
    """Parse a text; only a condition, keys, or a well-formed refusal may come of it."""
    for parse in (parse_filter, parse_orderby):
        try:
            found: Any = parse(text, PROPERTIES)
        except InvalidInputError as error:
            check_refusal(error, text)
        else:
            assert isinstance(found, list) or found.type is Type.BOOLEAN


def check_refusal(error: InvalidInputError, text: str) -> None:
    place = re.match(r"\$(filter|orderby), character (\d+): .+[.?]$", error.detail)
    assert place
    assert error.field == f"${place[1]}"
    assert 1 <= int(place[2]) <= len(text) + 1
    assert error.detail.encode()


@SLOW
@given(texts=written_twice(PROPERTIES, depth=4), row=rows(PROPERTIES))
def test_every_filter_of_the_grammar_is_read_as_it_binds_and_can_be_judged(
    texts: tuple[str, str], row: dict[str, Any]
) -> None:
    node = parse_filter(texts[0], PROPERTIES)
    assert node == parse_filter(texts[1], PROPERTIES)
    assert evaluate(node, row) in {True, False, None}


@SLOW
@given(text=filters(PROPERTIES), row=rows(PROPERTIES))
def test_not_turns_true_and_false_and_leaves_null(text: str, row: dict[str, Any]) -> None:
    found = evaluate(parse_filter(text, PROPERTIES), row)
    turned = evaluate(parse_filter(f"not({text})", PROPERTIES), row)
    assert turned is (None if found is None else not found)


@given(text=st.text())
def test_any_text_is_answered(text: str) -> None:
    is_answered(text)


@given(text=st.binary().map(lambda data: data.decode("utf-8", "surrogateescape")))
def test_any_bytes_are_answered(text: str) -> None:
    is_answered(text)


@given(pieces=st.lists(st.sampled_from(PIECES)), gap=st.sampled_from(["", " "]))
def test_any_pieces_in_any_order_are_answered(pieces: list[str], gap: str) -> None:
    is_answered(gap.join(pieces))


@SLOW
@given(text=filters(PROPERTIES), data=st.data())
def test_a_filter_with_a_fault_is_answered(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 5)))
    put = data.draw(st.sampled_from(["", *PIECES]) | st.characters())
    is_answered(text[:start] + put + text[end:])
