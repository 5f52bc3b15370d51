"""Which of several languages to show: language ranges and their look-up (RFC 4647)."""

import re
from collections.abc import Iterable

_RANGE = re.compile(r"\*|[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8}){0,8}")


def is_range(text: str) -> bool:
    """Whether a text is a basic language range (section 2.1), such as en-us, or `*`."""
    return _RANGE.fullmatch(text) is not None


def lookup(wanted: str, available: Iterable[str]) -> str | None:
    """Return the tag that fits best (section 3.4): the range itself, else ever shorter ones.

    Where none fits as long as the range is, one that says more will do: `en` finds `en-GB`.
    """
    tags = {tag.lower(): tag for tag in available}
    subtags = wanted.lower().split("-")
    while subtags:
        if (found := tags.get("-".join(subtags))) is not None:
            return found
        subtags.pop()
        if subtags and len(subtags[-1]) == 1:
            subtags.pop()
    primary = wanted.lower().partition("-")[0]
    return next((tag for low, tag in sorted(tags.items()) if low.startswith(f"{primary}-")), None)
