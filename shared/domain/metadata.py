"""What a file says of its picture: the one place for the names and kinds of the fields."""

from collections.abc import Mapping
from typing import Any, TypeAlias, TypedDict, cast

Languages: TypeAlias = dict[str, str]
"""A text in one or more languages (BCP 47); `x-default` is what to show where none is asked for."""

DEFAULT = "x-default"
MAX_CHARACTERS = 50_000
"""Of a whole record."""

Gps = TypedDict("Gps", {"latitude": float, "longitude": float, "altitude": float}, total=False)  # noqa: UP013
"""Degrees, north and east positive (WGS 84), and metres above sea level, where that is known."""

Metadata = TypedDict(  # noqa: UP013 - the names of the wire
    "Metadata",
    {
        "creator": list[str],
        "jobTitle": str,
        "caption": Languages,
        "headline": str,
        "title": Languages,
        "keywords": list[str],
        "creditLine": str,
        "copyright": Languages,
        "source": str,
        "city": str,
        "state": str,
        "country": str,
        "dateCreated": str,
        "instructions": str,
        "usageTerms": Languages,
        "event": str,
        "altText": Languages,
        "gps": Gps,
    },
    total=False,
)
"""What is unknown is left out. `dateCreated` is as much of ISO 8601 as is known: `2024`, `2024-04`,
`2024-04-05` or `2024-04-05T08:44:33`, with `.25` and `Z` or `+02:00` where they are known."""

LISTS = frozenset({"creator", "keywords"})
IN_LANGUAGES = frozenset({"caption", "title", "copyright", "usageTerms", "altText"})
FIELDS = tuple(Metadata.__annotations__)


def checked(value: object) -> Metadata:
    """Return a record that came from elsewhere. Raises ValueError if it is none."""
    if not isinstance(value, dict) or not all(_fits(*item) for item in value.items()):
        raise ValueError("this is no metadata")
    if _characters(value) > MAX_CHARACTERS:
        raise ValueError(f"metadata of over {MAX_CHARACTERS} characters")
    return cast("Metadata", value)


def default_text(metadata: Mapping[str, Any] | None, field: str) -> str | None:
    """Return a field of `IN_LANGUAGES` in its default language, which each has."""
    texts: Languages = (metadata or {}).get(field, {})
    return texts.get(DEFAULT)


def _fits(name: object, value: object) -> bool:
    if name in LISTS:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if name in IN_LANGUAGES:
        return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
    if name == "gps":
        return (
            isinstance(value, dict)
            and value.keys() <= Gps.__annotations__.keys()
            and all(isinstance(number, float | int) for number in value.values())
        )
    return name in FIELDS and isinstance(value, str)


def _characters(value: object) -> int:
    if isinstance(value, dict):
        return sum(len(name) + _characters(each) for name, each in value.items())
    if isinstance(value, list):
        return sum(map(_characters, value))
    return len(value) if isinstance(value, str) else 0
