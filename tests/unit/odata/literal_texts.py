"""How values are written in a filter: the several ways that the grammar leaves."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from shared.domain.expression import Type

WORD = "\x02"
"""Stands before a word whose case does not matter."""


def text_of(value: Any, random: Random) -> str:
    """Write a value; `null` is None."""
    match value:
        case None | bool():
            return WORD + {None: "null", True: "true", False: "false"}[value]
        case datetime():
            return _moment(value, random)
        case _:
            return _TEXTS[type(value)](value, random)


def _string(value: str, _: Random) -> str:
    return "'" + value.replace("'", "''") + "'"


def _integer(value: int, random: Random) -> str:
    return f"+{value}" if value >= 0 and random.random() < 0.1 else str(value)


def _decimal(value: Decimal, random: Random) -> str:
    exponential = format(value, random.choice("eE"))
    return exponential if random.random() < 0.2 else format(value, "f")


def _guid(value: UUID, random: Random) -> str:
    return random.choice([str.lower, str.upper])(str(value))


def _date(value: date, _: Random) -> str:
    return value.isoformat()


def _moment(value: datetime, random: Random) -> str:
    zone, ending = random.choice(
        [
            (UTC, "Z"),
            (UTC, ""),
            (UTC, "+00:00"),
            (timezone(timedelta(hours=2)), " 02:00"),
            (timezone(timedelta(hours=5, minutes=30)), "+05:30"),
            (timezone(-timedelta(hours=3)), "-03:00"),
        ]
    )
    local = value.astimezone(zone)
    shortest = "minutes" if not local.second and not local.microsecond else "seconds"
    spec = shortest if not local.microsecond else "microseconds"
    return local.replace(tzinfo=None).isoformat(timespec=spec) + ending


def _duration(value: timedelta, random: Random) -> str:
    whole = abs(value)
    seconds = f"{whole.seconds}.{whole.microseconds:06}".rstrip("0").rstrip(".")
    sign = "-" if value < timedelta() else ""
    prefix = random.choice(["duration", "Duration", "DURATION"])
    return f"{prefix}'{sign}P{whole.days}DT{seconds}S'"


_TEXTS: dict[type, Callable[[Any, Random], str]] = {
    str: _string,
    int: _integer,
    Decimal: _decimal,
    UUID: _guid,
    date: _date,
    timedelta: _duration,
}

SAMPLES: dict[Type, list[Any]] = {
    Type.STRING: [
        "", "a", "A", "ab", "red", "Red", "RED apple", " pad ", "50%", "a_b", "x\\y", "it's",
        "\u00e9t\u00e9", "\u00c9T\u00c9", "e\u0301", "\u6f22\u5b57", "\U0001f600 fun",
        "stra\u00dfe", "STRASSE", "\u00a0pad\u2003", "\u0130", "i", "\u03a3\u03c2",
        "\u00e9t\u00e9 \u00e0", "\u01c6", "a.jpg", "b.JPG", "gif", "true", "null",
    ],
    Type.BOOLEAN: [True, False],
    Type.INTEGER: [0, 1, -1, 2, 3, 7, 10, 100, 400, 1200, 4096, 123_456_789, -12],
    Type.DECIMAL: [
        Decimal("0.5"), Decimal("-0.5"), Decimal("1.5"), Decimal("2.5"), Decimal("-2.5"),
        Decimal("0.0"), Decimal("7.25"), Decimal("99.99"), Decimal("1E+3"),
    ],
    Type.MOMENT: [
        datetime(2024, 4, 5, 8, 44, 33, tzinfo=UTC),
        datetime(2024, 4, 5, tzinfo=UTC),
        datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(1999, 12, 31, 22, 30, tzinfo=UTC),
        datetime(2030, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC),
    ],
    Type.DATE: [date(2024, 4, 5), date(2024, 2, 29), date(1999, 12, 31), date(2030, 1, 1)],
    Type.GUID: [UUID(int=0), UUID("018f3c2a-9b1d-7c3e-8a4b-5c6d7e8f9a0b"), UUID(int=2**128 - 1)],
    Type.DURATION: [
        timedelta(), timedelta(days=1), timedelta(hours=-5), timedelta(days=400, seconds=61),
        timedelta(microseconds=250_000), timedelta(minutes=90),
    ],
}  # fmt: skip
"""Values that meet each other: equal ones, ones that differ in case, ones at the edges."""
