"""Piles of marks over one letter: the one place that bounds them.

To put n marks in canonical order takes n * n steps, in Python for as long as nothing else runs:
seconds for twenty thousand. No language piles up more than thirty (UAX #15, Stream-Safe Text).
"""

import re
import unicodedata
from functools import cache

MOST = 30
_LAST = 0x1E950
"""No character from here on is a mark that has an order."""

_MADE_OF_MARKS = "\u0f73\u0f75\u0f81\uff9e\uff9f"
"""Have no order themselves, but what they are decomposed to has."""


def without_piles(text: str) -> str:
    """Return a text with at most `MOST` marks over a letter, which is normalized quickly."""
    return text if text.isascii() else _pile().sub(r"\1", text)


@cache
def _pile() -> re.Pattern[str]:
    marks = "".join(filter(unicodedata.combining, map(chr, range(_LAST)))) + _MADE_OF_MARKS
    return re.compile(f"([{marks}]{{{MOST}}})[{marks}]+")
