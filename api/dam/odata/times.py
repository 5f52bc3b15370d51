"""Dates, date-times and durations to values (OData 4.01 ABNF, section 7).

Years run from 0001 to 9999, and moments are in UTC.
"""

import re
from datetime import UTC, date, datetime, timedelta

from api.dam.odata.tokens import shown
from shared.domain.expression import Type


class LiteralError(Exception):
    """What looks like a literal says nothing; the message says why."""


MAX_DURATION = date.max - date.min
"""No two moments lie further apart."""

_TIME = re.compile(
    r"(?P<day>(?P<year>[+-]?[0-9]{4,9})-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,12}))?)?"
    r"(?P<zone>[Zz]|[-+ ][0-9]{2}:[0-9]{2})?)?"
)
_DURATION = re.compile(
    r"(-)?P(?=.)(?:([0-9]{1,20})D)?(?:T(?=.)(?:([0-9]{1,20})H)?(?:([0-9]{1,20})M)?"
    r"(?:([0-9]{1,20})(?:\.([0-9]{1,20}))?S)?)?",
    re.IGNORECASE,
)
_MAX_SECOND, _LEAP_SECOND = 59, 60
_MAX_OFFSET_MINUTES = 14 * 60


def parse_time(text: str) -> tuple[date | datetime, Type]:
    """Return a DATE or a MOMENT; it is UTC without a zone, before which a blank means `+`."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise LiteralError(
            f"{shown(text)} is no literal; expected a date (2024-04-05), a date-time "
            "(2024-04-05T08:44:33Z), a guid or a number"
        )
    day = _day(match["day"], match["year"])
    if match[3] is None:
        return day, Type.DATE
    since_midnight = _since_midnight(match[3], match[4], match[5] or "00", match[6] or "")
    try:
        return _midnight(day) + since_midnight - _offset(match["zone"]), Type.MOMENT
    except OverflowError:
        raise LiteralError(f"{shown(text)} lies outside the years 0001 to 9999 in UTC") from None


def is_in_utc(literal: str) -> bool:
    """Say whether a date-time literal names no other zone than UTC."""
    match = _TIME.fullmatch(literal)
    return match is None or not match["zone"] or not _offset(match["zone"])


def parse_duration(text: str) -> timedelta:
    """Return an `xs:dayTimeDuration`, cut to microseconds."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise LiteralError(f"{shown(text)} is no duration; expected one like 'P1DT2H30M5.5S'")
    days, hours, minutes, seconds = (int(part or 0) for part in match.group(2, 3, 4, 5))
    whole = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    if whole > MAX_DURATION.total_seconds():
        raise LiteralError(f"durations have at most {MAX_DURATION.days} days")
    duration = timedelta(seconds=whole, microseconds=_microseconds(match[6] or ""))
    return -duration if match[1] else duration


def _day(text: str, year: str) -> date:
    if len(year) != len("2024") or not year.isdigit() or year == "0000":
        raise LiteralError(f"{shown(text)} lies outside the years 0001 to 9999")
    try:
        return date(int(year), int(text[5:7]), int(text[8:10]))
    except ValueError:
        raise LiteralError(f"{shown(text)} is no day of the calendar") from None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _since_midnight(hour: str, minute: str, second: str, fraction: str) -> timedelta:
    """Return the time of day; a leap second, which UTC has and datetime not, is the one after."""
    if hour > "23" or minute > "59" or int(second) > _LEAP_SECOND:
        raise LiteralError(
            "times of day run from 00:00:00 to 23:59:59, or to 60 where a leap second is; "
            "midnight is 00:00 of the day that it begins"
        )
    if int(second) > _MAX_SECOND:
        fraction = ""
    return timedelta(
        hours=int(hour),
        minutes=int(minute),
        seconds=int(second),
        microseconds=_microseconds(fraction),
    )


def _microseconds(fraction: str) -> int:
    return int(fraction[:6].ljust(6, "0")) if fraction else 0


def _offset(zone: str | None) -> timedelta:
    if zone is None or zone in "Zz":
        return timedelta()
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if minutes > _MAX_SECOND or hours * 60 + minutes > _MAX_OFFSET_MINUTES:
        raise LiteralError("zones run from -14:00 to +14:00")
    offset = timedelta(hours=hours, minutes=minutes)
    return -offset if zone[0] == "-" else offset
