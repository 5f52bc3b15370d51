"""Images by URL on the wire: `{reference, sourceUrl, tags?}`."""

from typing import Any

from api.dam.edits import parse_tags
from api.dam.presigned import parse_name
from shared.domain.errors import InvalidInputError
from shared.domain.reference import Reference

MEMBERS = ("reference", "sourceUrl", "tags")


def parse_source(body: dict[str, Any]) -> tuple[Reference, str, tuple[str, ...]]:
    """Read reference, URL and tags, or say which member is wrong."""
    if unknown := sorted(body.keys() - set(MEMBERS)):
        raise InvalidInputError(
            f"{unknown[0]!r} is not known beside sourceUrl; {', '.join(MEMBERS)} are.",
            field=unknown[0],
        )
    url = body["sourceUrl"]
    if not isinstance(url, str):
        raise InvalidInputError("sourceUrl is a string.", field="sourceUrl")
    tags = parse_tags("tags", body["tags"]) if "tags" in body else ()
    return parse_name(body), url, tuple(tags)
