"""What a PATCH asks for: JSON to an edit, or which member is wrong."""

import re
import unicodedata
from typing import Any

from shared.domain.errors import InvalidInputError
from shared.domain.gravity import parse_gravity
from shared.domain.image import MAX_TAGS
from shared.domain.reference import MOST_PARTS, check_text, parse_reference
from shared.usecases.editing.editing import Edit

MAX_TAG_CHARACTERS = 100
MAX_TEXT_CHARACTERS = 10_000

CHANGES_OF_TAGS = frozenset({"add", "remove"})


def parse_edit(body: Any) -> Edit:
    """Return what a PATCH changes, or say which member is wrong."""
    if not isinstance(body, dict) or not body:
        raise InvalidInputError(f"Send a JSON object with some of {', '.join(_EDITABLE)}.")
    unknown = sorted(body.keys() - _EDITABLE.keys())
    if unknown:
        raise InvalidInputError(
            f"{unknown[0]!r} cannot be changed; {', '.join(_EDITABLE)} can.", field=unknown[0]
        )
    changed = body.get("tags")
    if isinstance(changed, dict):
        rest = {name: value for name, value in body.items() if name != "tags"}
        return Edit(_columns(rest), *parse_changes_of_tags(changed))
    return Edit(_columns(body))


def _columns(body: dict[str, Any]) -> dict[str, Any]:
    return {name: _EDITABLE[name](name, value) for name, value in body.items()}


def parse_changes_of_tags(body: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which tags to add and which to take away."""
    if not body or not body.keys() <= CHANGES_OF_TAGS:
        raise InvalidInputError(
            'tags is a list of all tags, or {"add": […], "remove": […]} with one or both.',
            field="tags",
        )
    added, removed = (parse_tags("tags", body.get(name, [])) for name in ("add", "remove"))
    if both := [tag for tag in added if tag in removed]:
        raise InvalidInputError(f"tags adds {both[0]!r} and removes it.", field="tags")
    return added, removed


def parse_tags(field: str, value: Any) -> tuple[str, ...]:
    """Return tags in NFC, trimmed, each once, in the order given."""
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise InvalidInputError(f"{field} is a list of strings.", field=field)
    if len(set(value)) > MAX_TAGS:
        raise InvalidInputError(f"An image has at most {MAX_TAGS} tags.", field=field)
    return tuple(dict.fromkeys(_parse_tag(field, tag) for tag in dict.fromkeys(value)))


def _parse_tag(field: str, value: str) -> str:
    tag = value.strip()
    if len(tag) <= MAX_TAG_CHARACTERS * MOST_PARTS:
        tag = unicodedata.normalize("NFC", tag).strip()
    if not 1 <= len(tag) <= MAX_TAG_CHARACTERS:
        raise InvalidInputError(f"A tag has 1 to {MAX_TAG_CHARACTERS} characters.", field=field)
    return check_text(tag, field)


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
    if not isinstance(value, str):
        raise InvalidInputError(f"{field} is a string.", field=field)
    return parse_gravity(value)


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
