"""Literals: every type, its edges, and what is none."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from shared.domain.expression import Compare, Constant, Type
from tests.unit.odata.reading import read, refusal


def literal(text: str) -> Constant:
    """Return the constant that a literal is."""
    node = read(f"null eq {text}")
    assert isinstance(node, Compare)
    assert isinstance(node.right, Constant)
    return node.right


def moment(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("text", "value", "type_"),
    [
        ("''", "", Type.STRING),
        ("''''", "'", Type.STRING),
        ("'it''s'", "it's", Type.STRING),
        ("'\u00e9 \U0001f600 \n\u0007'", "\u00e9 \U0001f600 \n\u0007", Type.STRING),
        ("'%_\\'", "%_\\", Type.STRING),
        ("0", 0, Type.INTEGER),
        ("-0", 0, Type.INTEGER),
        ("+7", 7, Type.INTEGER),
        ("007", 7, Type.INTEGER),
        ("9223372036854775807", 2**63 - 1, Type.INTEGER),
        ("-9223372036854775808", -(2**63), Type.INTEGER),
        ("9223372036854775808", Decimal(2**63), Type.DECIMAL),
        ("- 9223372036854775808", Decimal(-(2**63)), Type.DECIMAL),
        ("9" * 40, Decimal("9" * 40), Type.DECIMAL),
        ("-" + "9" * 40, Decimal("-" + "9" * 40), Type.DECIMAL),
        ("1.50", Decimal("1.50"), Type.DECIMAL),
        ("-0.0", Decimal("0.0"), Type.DECIMAL),
        ("1e3", Decimal("1e3"), Type.DECIMAL),
        ("-1.5E-40", Decimal("-1.5E-40"), Type.DECIMAL),
        ("tRue", True, Type.BOOLEAN),
        ("FALSE", False, Type.BOOLEAN),
        ("NULL", None, Type.NULL),
        ("2024-02-29", date(2024, 2, 29), Type.DATE),
        ("0001-01-01", date(1, 1, 1), Type.DATE),
        ("2024-04-05T08:44:33Z", moment(2024, 4, 5, 8, 44, 33), Type.MOMENT),
        ("2024-04-05t08:44:33z", moment(2024, 4, 5, 8, 44, 33), Type.MOMENT),
        ("2024-04-05T08:44:33", moment(2024, 4, 5, 8, 44, 33), Type.MOMENT),
        ("2024-04-05T08:44", moment(2024, 4, 5, 8, 44), Type.MOMENT),
        ("2024-04-05T08:44+02:00", moment(2024, 4, 5, 6, 44), Type.MOMENT),
        ("2024-04-05T08:44:33 02:00", moment(2024, 4, 5, 6, 44, 33), Type.MOMENT),
        ("2024-04-05T00:00:00-14:00", moment(2024, 4, 5, 14), Type.MOMENT),
        ("2024-04-05T08:44:33.123456789012Z", moment(2024, 4, 5, 8, 44, 33, 123456), Type.MOMENT),
        ("2024-04-05T08:44:33.5", moment(2024, 4, 5, 8, 44, 33, 500000), Type.MOMENT),
        ("2016-12-31T23:59:60Z", moment(2017, 1, 1), Type.MOMENT),
        ("9999-12-31T23:59:59Z", moment(9999, 12, 31, 23, 59, 59), Type.MOMENT),
        (
            "018F3C2A-9b1d-7c3e-8a4b-5c6d7e8f9a0b",
            UUID("018f3c2a-9b1d-7c3e-8a4b-5c6d7e8f9a0b"),
            Type.GUID,
        ),
        ("duration'P1DT2H3M4.5S'", timedelta(1, 7384, 500000), Type.DURATION),
        ("DURATION'-pt1m'", timedelta(minutes=-1), Type.DURATION),
        ("duration'P0D'", timedelta(), Type.DURATION),
        ("duration'PT36H'", timedelta(days=1.5), Type.DURATION),
        ("duration'PT0.0000019S'", timedelta(microseconds=1), Type.DURATION),
        ("duration'P3652058D'", timedelta(3652058), Type.DURATION),
    ],
)
def test_a_literal_has_its_value_and_type(text: str, value: Any, type_: Type) -> None:
    found = literal(text)
    assert found == Constant(value, type_)
    assert type(found.value) is type(value)
    assert str(found.value) == str(value)


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-30", "2023-02-29", "2024-13-01", "2024-00-10", "0000-01-01", "-0001-01-01",
        "10000-01-01", "2024-1-1", "2024-04-05T", "2024-04-05T8:44", "2024-04-05T24:00",
        "2024-04-05T24:00:00Z", "2024-04-05T08:60", "2024-04-05T08:44:61", "2024-04-05T08:44:33.",
        "2024-04-05T08:44:33.1234567890123", "2024-04-05T08:44+14:01", "2024-04-05T08:44+02:60",
        "2024-04-05T08:44-15:00", "2024-04-05T08:44+0200", "2024-04-05 08:44", "2024-04-05Z",
        "0001-01-01T00:00+00:01", "9999-12-31T23:59:60Z", "9999-12-31T23:59-00:01", "08:44:33",
        "duration'P'", "duration'PT'", "duration'P1DT'", "duration'P1Y'", "duration'P1M'",
        "duration'+P1D'", "duration'1D'", "duration'P1.5D'", "duration'P3652059D'",
        "duration'PT999999999999999999999S'", "duration'P 1D'", "duration''", "binary'AA=='",
        "guid'018f3c2a-9b1d-7c3e-8a4b-5c6d7e8f9a0b'", "datetime'2024-04-05T08:44'",
        "018f3c2a-9b1d-7c3e-8a4b-5c6d7e8f9a0", "018f3c2a-9b1d-7c3e-8a4b-5c6d7e8f9a0bc",
        "9" * 41, "1." + "1" * 40, "1e41", "1e-41", "1e999999999", "1e", "1.", ".1", "1.e3", "0x1f",
        "1_000", "1d", "INF", "NaN", "-INF", "+ 1", "'open", "'a''", "\u0661",
    ],
)  # fmt: skip
def test_what_is_no_literal_is_refused_where_it_stands(text: str) -> None:
    position = int(refusal(f"null eq {text}").split(":")[0])
    assert 9 <= position <= 9 + len(text)


def test_a_string_between_others_keeps_its_quotes() -> None:
    assert read("'a''' ne '''a'") == Compare(
        "ne", Constant("a'", Type.STRING), Constant("'a", Type.STRING)
    )
