"""Between images and the wire: pure functions, both ways."""

import re
from dataclasses import replace
from functools import lru_cache

from api.dam.schema import DEFAULT_FIELDS, PROPERTIES
from shared.domain.errors import InvalidInputError
from shared.usecases.editing.conditions import Precondition

_ETAG = re.compile(r'(?:W/)?"(\d{1,18})-[0-9a-f]+"')
_ENTITY_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\U0010ffff]*"')


CATEGORIES = "categories"


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
        elif name == CATEGORIES:
            raise InvalidInputError(
                "categories are for $filter alone: categories/any(c:c eq '{id}'); what is in one "
                "is listed by GET /api/core/v2/categories/by-id/{id}/images.",
                field="$select",
            )
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
