"""Between images and the wire: pure functions, both ways."""

import re
import unicodedata
from dataclasses import replace
from functools import lru_cache
from typing import Any

from api.dam.schema import DEFAULT_FIELDS, PROPERTIES
from shared.domain.errors import InvalidInputError
from shared.domain.reference import check_text, parse_reference
from shared.usecases.conditions import Precondition

MAX_TAGS = 100
MAX_TAG_CHARACTERS = 100
MAX_TEXT_CHARACTERS = 10_000

COMPASS = ("north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest")
GRAVITIES = frozenset({"center", *COMPASS})

_ETAG = re.compile(r'(?:W/)?"(\d{1,18})-[0-9a-f]+"')
_ENTITY_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\U0010ffff]*"')


@lru_cache(maxsize=256)
def parse_select(text: str | None) -> tuple[str, ...]:
    """Return the fields that `$select` names, `*` being the fifteen of the document."""
    if text is None:
        return DEFAULT_FIELDS
    fields: dict[str, None] = {}
    for name in (part.strip() for part in text.split(",")):
        if name == "*":
            fields |= dict.fromkeys(DEFAULT_FIELDS)
        elif name in PROPERTIES:
            fields[name] = None
        else:
            raise InvalidInputError(
                f"$select names {name!r}, which an image does not have; "
                f"there are * and {', '.join(PROPERTIES)}.",
                field="$select",
            )
    return tuple(fields)


def precondition_of(if_match: str | None, if_none_match: str | None) -> Precondition:
    """Read the headers of a conditional write; only row versions are compared.

    An If-Match that cannot be read matches nothing, so that nothing is written; by the same
    caution an If-None-Match that cannot be read is refused. (RFC 9110, section 13.1.)
    """
    if if_none_match is None:
        wanted = Precondition()
    elif if_none_match.strip() == "*":
        wanted = Precondition(must_not_exist=True)
    else:
        wanted = Precondition(unwanted=_unwanted(if_none_match))
    if if_match is None:
        return wanted
    if if_match.strip() == "*":
        return replace(wanted, must_exist=True)
    # Weak tags match nothing here (section 13.1.1), but do in If-None-Match.
    tags = [tag for tag in _ENTITY_TAG.findall(if_match) if not tag.startswith("W/")]
    return replace(wanted, versions=_versions(tags))


def _unwanted(if_none_match: str) -> frozenset[int]:
    tags = _ENTITY_TAG.findall(if_none_match)
    if not tags or _ENTITY_TAG.sub("", if_none_match).strip(", \t"):
        raise InvalidInputError(
            "If-None-Match is * (create, but do not replace) or a list of entity tags.",
            field="If-None-Match",
        )
    return _versions(tags)


def _versions(tags: list[str]) -> frozenset[int]:
    """Return the row versions that are named; tags of another making name none."""
    return frozenset(int(match[1]) for tag in tags if (match := _ETAG.fullmatch(tag)))


def parse_edit(body: Any) -> dict[str, Any]:
    """Return the columns that a PATCH changes, or say which member is wrong."""
    if not isinstance(body, dict) or not body:
        raise InvalidInputError(f"Send a JSON object with some of {', '.join(_EDITABLE)}.")
    unknown = sorted(body.keys() - _EDITABLE.keys())
    if unknown:
        raise InvalidInputError(
            f"{unknown[0]!r} cannot be changed; {', '.join(_EDITABLE)} can.", field=unknown[0]
        )
    return {name: _EDITABLE[name](name, value) for name, value in body.items()}


def parse_tags(field: str, value: Any) -> list[str]:
    """Return tags in NFC, trimmed, each once, in the order given."""
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise InvalidInputError(f"{field} is a list of strings.", field=field)
    tags = list(dict.fromkeys(unicodedata.normalize("NFC", tag).strip() for tag in value))
    if len(tags) > MAX_TAGS:
        raise InvalidInputError(f"An image has at most {MAX_TAGS} tags.", field=field)
    for tag in tags:
        if not 1 <= len(tag) <= MAX_TAG_CHARACTERS:
            raise InvalidInputError(f"A tag has 1 to {MAX_TAG_CHARACTERS} characters.", field=field)
        check_text(tag, field)
    return tags


def _parse_text(field: str, value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > MAX_TEXT_CHARACTERS:
        raise InvalidInputError(
            f"{field} is null or a string of at most {MAX_TEXT_CHARACTERS} characters.",
            field=field,
        )
    check_text(re.sub(r"[\n\r\t]", " ", value), field)
    return value


def _parse_gravity(field: str, value: Any) -> str:
    if not isinstance(value, str) or value not in GRAVITIES:
        raise InvalidInputError(f"{field} is one of {', '.join(sorted(GRAVITIES))}.", field=field)
    return value


def _parse_name(field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidInputError(f"{field} is a string.", field=field)
    return parse_reference(value)


_EDITABLE = {
    "tags": parse_tags,
    "title": _parse_text,
    "alt": _parse_text,
    "caption": _parse_text,
    "gravity": _parse_gravity,
    "reference": _parse_name,
}
