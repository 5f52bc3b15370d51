"""Percent-encoding, both ways: keys to CDN URLs, raw path segments to text."""

import re
from urllib.parse import quote, unquote_to_bytes

from shared.domain.errors import InvalidInputError

SAFE_IN_URL = "/!$&'()*+,;=:@~"
"""Besides letters, digits and -._ what RFC 3986 lets stand in a path."""

_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def url_of(key: str | None, base: str) -> str | None:
    """Return the CDN URL of a key."""
    return None if key is None else base + quote(key, safe=SAFE_IN_URL)


def decode_segment(raw: str) -> str:
    """Percent-decode one raw segment, once, strictly as UTF-8."""
    if raw.isascii() and "%" not in raw:
        return raw
    if broken := _BROKEN_ESCAPE.search(raw):
        raise InvalidInputError(
            f"The path has a % at position {broken.start()} that begins no escape: send %25.",
            field="path",
        )
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            "The path is not UTF-8 once percent-decoded.", field="path"
        ) from error
