"""The key form `images(…)`: one path segment to one reference, and back."""

from urllib.parse import quote

import structlog
from aiohttp import web

from api.urls import decode_segment
from shared.domain.errors import InvalidInputError
from shared.domain.reference import Reference, parse_reference

ONE = r"/images{key:\([^/]*\)}"


def reference_of(request: web.Request) -> Reference:
    """Return the reference that a request is about, and have its log lines say so."""
    reference = reference_in(request.rel_url.raw_path)
    structlog.contextvars.bind_contextvars(image=reference)
    return reference


def reference_in(raw_path: str) -> Reference:
    """Return the reference in `/images({reference})[/…]`, from the path as it was sent.

    The segment is decoded once, strictly as UTF-8. Between quotes it is an OData string, in
    which `''` stands for `'`; anything else is literal.
    """
    segment = decode_segment(raw_path.split("/")[1])
    return parse_reference(_unquoted(segment.removeprefix("images(").removesuffix(")")))


def path_of(reference: str) -> str:
    """Return the path at which the image is found, in the form that is always safe."""
    literal = reference.replace("'", "''")
    return f"/images('{quote(literal, safe='')}')"


def _unquoted(key: str) -> str:
    if not (len(key) > 1 and key.startswith("'") and key.endswith("'")):
        return key
    text = key[1:-1]
    if "'" in text.replace("''", ""):
        raise InvalidInputError(
            "A quote within a quoted reference is written twice: 'it''s.jpg'.", field="reference"
        )
    return text.replace("''", "'")
