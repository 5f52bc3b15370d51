"""Gravity: which part of a picture stays when it is cropped."""

import re

from shared.domain.errors import InvalidInputError

COMPASS = ("north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest")
CENTER = "center"
WORDS = frozenset({CENTER, *COMPASS})

_FRACTION = r"(0(?:\.[0-9]{1,6})?|1(?:\.0{1,6})?)"
_POINT = re.compile(rf"{_FRACTION} ?, ?{_FRACTION}")


def parse_gravity(text: str) -> str:
    """Return a word, or `x,y` in fractions of width and height from the top left, 0 to 1."""
    if text in WORDS:
        return text
    point = _POINT.fullmatch(text)
    if point is None:
        raise InvalidInputError(
            f"gravity is one of {', '.join(sorted(WORDS))}, or a point as fractions of width and "
            'height from the top left, from 0 to 1: "0.5,0.25".',
            field="gravity",
        )
    return ",".join(_shortest(fraction) for fraction in point.groups())


def _shortest(fraction: str) -> str:
    return fraction.rstrip("0").rstrip(".") if "." in fraction else fraction
