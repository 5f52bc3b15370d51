"""EXIF (CIPA DC-008): the few of its tags that people ask for."""

import re
from typing import Any, SupportsFloat, cast

from PIL import ExifTags, Image

from shared.domain.metadata import Gps
from worker.imaging.metadata.text import cleaned, decoded
from worker.imaging.metadata.times import camera_time
from worker.imaging.metadata.told import Told

Base, Position = ExifTags.Base, ExifTags.GPS
EARTH_M = 100_000
"""Nobody takes pictures further than this from the sea, up or down."""

BY_CAMERAS = frozenset(
    {
        "olympus digital camera",
        "sony dsc",
        "minolta digital camera",
        "konica minolta digital camera",
        "kodak digital still camera",
        "samsung digital camera",
        "samsung camera pictures",
        "digital camera",
        "exif_jpeg_picture",
        "default",
    }
)
"""What cameras put in the place of a description: no caption."""

CREATORS = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^;]*))\s*(?:;|$)')


def read_exif(exif: Image.Exif) -> Told:
    """Return what EXIF data say."""
    told = Told()
    told.put_list("creator", creators(_text(exif.get(Base.Artist))))
    caption = cleaned(_text(exif.get(Base.ImageDescription)))
    told.put_text("caption", "" if caption.lower() in BY_CAMERAS else caption)
    rights = [part.strip() for part in _text(exif.get(Base.Copyright)).split("\0")]
    told.put_text("copyright", "; ".join(part for part in rights if part))
    taken = exif.get_ifd(ExifTags.IFD.Exif)
    tags = (Base.DateTimeOriginal, Base.SubsecTimeOriginal, Base.OffsetTimeOriginal)
    told.put_text("dateCreated", camera_time(*(cleaned(_text(taken.get(tag))) for tag in tags)))
    told.gps = _position(exif.get_ifd(ExifTags.IFD.GPSInfo))
    return told


def creators(text: str) -> list[str]:
    """Split an Artist at semicolons; names that hold one stand in quotes (MWG 2.0, Creator)."""
    found = (match.groups() for match in CREATORS.finditer(cleaned(text)))
    return [quoted.replace('""', '"') if quoted else plain or "" for quoted, plain in found]


def _text(value: object) -> str:
    """Decode a string again, of which Pillow believes that it is Latin-1."""
    if isinstance(value, str):
        value = value.encode("latin-1", "ignore")
    return decoded(value) if isinstance(value, bytes) else ""


def _position(tags: dict[int, Any]) -> Gps | None:
    latitude = _degrees(tags, Position.GPSLatitude, Position.GPSLatitudeRef, "S", 90)
    longitude = _degrees(tags, Position.GPSLongitude, Position.GPSLongitudeRef, "W", 180)
    if latitude is None or longitude is None:
        return None
    gps: Gps = {"latitude": latitude, "longitude": longitude}
    altitude = _number(tags.get(Position.GPSAltitude))
    if altitude is not None and altitude < EARTH_M:
        is_below = tags.get(Position.GPSAltitudeRef) in {1, b"\x01", "\x01"}
        gps["altitude"] = round(-altitude if is_below else altitude, 2)
    return gps


def _degrees(tags: dict[int, Any], at: int, side: int, negative: str, most: int) -> float | None:
    parts = tags.get(at)
    numbers = [_number(part) for part in parts] if isinstance(parts, tuple) else []
    if len(numbers) != 3 or None in numbers:  # noqa: PLR2004 - degrees, minutes, seconds
        return None
    degrees, minutes, seconds = cast("list[float]", numbers)
    value = degrees + minutes / 60 + seconds / 3600
    if not 0 <= value <= most:
        return None
    is_negative = cleaned(_text(tags.get(side))).upper() == negative
    return round(-value if is_negative else value, 7)


def _number(value: object) -> float | None:
    try:
        number = float(cast("SupportsFloat", value))
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if number == number and abs(number) < float("inf") else None  # noqa: PLR0124 - NaN
