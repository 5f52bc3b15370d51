"""Times as cameras, wires and XMP write them, as much of ISO 8601 as they tell."""

import re
from datetime import datetime

ISO = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:[T ](?P<time>\d\d:\d\d)(?P<second>:\d\d)?(?P<part>\.\d{1,6})?\d*"
    r"(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?"
)
DIGITS = re.compile(r"(\d{4})(\d\d)(\d\d)")
CLOCK = re.compile(r"(\d\d)(\d\d)(\d\d)(?:([+-])(\d\d)(\d\d))?")
CAMERA = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)")
ZONE = re.compile(r"[+-]\d\d:\d\d")


def checked_time(text: str) -> str:
    """Return a time of ISO 8601, as much as it tells; empty if there is no such time."""
    match = ISO.fullmatch(text.strip())
    if match is None:
        return ""
    told = [match["year"]]
    told += [match[name] for name in ("month", "day") if match[name] not in {None, "00"}]
    date = "-".join(told)
    clock = ""
    if match["time"]:
        clock = "T" + match["time"] + (match["second"] or ":00") + (match["part"] or "")
    try:
        datetime.fromisoformat("-".join([*told, "01", "01"][:3]) + clock + (match["zone"] or ""))
    except ValueError:
        return ""
    return date + (clock + (match["zone"] or "") if clock and len(told) == 3 else "")  # noqa: PLR2004


def iso_time(day: str, time: str) -> str:
    """Read `CCYYMMDD` and `HHMMSS±HHMM` (IIM 2:55 and 2:60)."""
    date = DIGITS.fullmatch(day)
    if date is None:
        return ""
    text = "-".join(date.groups())
    if clock := CLOCK.fullmatch(time):
        hour, minute, second, sign, hours, minutes = clock.groups()
        zone = f"{sign}{hours}:{minutes}" if sign else ""
        text += f"T{hour}:{minute}:{second}{zone}"
    return checked_time(text)


def camera_time(text: str, part: str, zone: str) -> str:
    """Read `CCYY:MM:DD HH:MM:SS`, digits of a second and `±HH:MM` (EXIF 2.32)."""
    match = CAMERA.fullmatch(text.strip())
    if match is None:
        return ""
    year, month, day, clock = match.groups()
    digits = part.strip()[:6]
    fraction = f".{digits}" if digits.isascii() and digits.isdigit() and int(digits) else ""
    offset = zone.strip() if ZONE.fullmatch(zone.strip()) else ""
    return checked_time(f"{year}-{month}-{day}T{clock}{fraction}{offset}")
