"""What the contract's calls have in common: how they log in, refuse, and name what they are about.

A call answers every status that stands at it; those of HTTP itself (404 and 405 for a path or a
method that is not there, 417, and 400 for what the parser refuses) may come from any.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from api.dam.schema import PROPERTIES
from api.openapi.parts import (
    PRINTABLE,
    Json,
    Refusals,
    answer,
    header,
    later,
    path,
    query,
    ref,
    text,
    told,
)
from shared.domain.reference import MAX_CHARACTERS

SECURITY: Sequence[Json] = [{"apiKey": []}]

REFUSALS = Refusals(
    ref("Problem"),
    "application/problem+json",
    {
        400: "The request, or the key, is wrong; the detail says where.",
        401: "No key came with the request.",
        403: "The key's role is too low, or the tenant is disabled.",
        404: "This tenant has no such thing.",
        408: "The body took longer than it may.",
        409: "Being processed, the name is taken, or the present state forbids it.",
        410: "Events after that number are not kept any more.",
        412: "A precondition does not hold.",
        413: "Larger than the limit, which the detail names.",
        415: "The body is compressed or encoded; it is stored as it comes.",
        422: "The Idempotency-Key was used for another request.",
        429: "Too many wrong keys from this address, or too much open at once.",
        503: "Postgres or S3 is away; nothing was changed.",
        507: "No room: the tenant's quota is used up, or the disk is nearly full.",
    },
    later(409, 429, 503),
)

_ANY = (400, 401, 403, 429, 503)
_SENDING = (*_ANY, 408, 413, 415)


def reading(*more: int) -> Json:
    """Return the refusals of a call that the role reader may make."""
    return REFUSALS.of(*_ANY, *more)


def writing(*more: int) -> Json:
    """Return those of a call that needs a higher role, and takes no body."""
    return REFUSALS.of(*_ANY, *more)


def sending(*more: int) -> Json:
    """Return those of a call that needs a higher role, and takes a body."""
    return REFUSALS.of(*_SENDING, *more)


REFERENCE_TEXT = text(1, MAX_CHARACTERS, pattern=PRINTABLE)

REFERENCE = path(
    "reference",
    REFERENCE_TEXT,
    "The file name, percent-encoded once (`/` as `%2F`). Between quotes it is an OData string, "
    "with `''` for `'`.",
    example="a.jpg",
)

UUID = text(format="uuid")

ENTITY_TAGS = text(
    pattern=r'^(\*|(W/)?"[!#-~]*"(, (W/)?"[!#-~]*"){0,9})$',
)
IF_MATCH = header("If-Match", ENTITY_TAGS, "Only if the image is in one of these versions.")
IF_NONE_MATCH = header(
    "If-None-Match", ENTITY_TAGS, "Only if it is in none of these; `*`: only if it does not exist."
)
CONDITIONS = (IF_MATCH, IF_NONE_MATCH)

IDEMPOTENCY_KEY = header(
    "Idempotency-Key",
    text(1, 255, pattern=r"^[\x21\x23-\x2b\x2d-\x7e]{1,255}$"),
    "The same request with the same key is done once, and answered the same for 24 hours.",
)

MAX_VERSION = header(
    "OData-MaxVersion",
    {"enum": ["4.0", "4.01"]},
    "4.0: names begin with `@odata.`, there is a context, and times end in `Z`.",
)
FORMAT = query(
    "$format",
    {
        "enum": [
            "json",
            "application/json",
            "json;odata.metadata=none",
            "json;odata.metadata=minimal",
        ]
    },
    "How much the answer says of itself.",
)
_FIELD = rf" *({'|'.join((r'[*]', *PROPERTIES))}) *"
_SELECTION = f"^{_FIELD}(,{_FIELD})*$"
SELECT = query(
    "$select",
    text(pattern=_SELECTION),
    "Fields, with commas; `*` is the fifteen.",
    example="*,sha256,statusReason",
)
PREFER = header(
    "Prefer",
    text(),
    "`odata.maxpagesize=20`: shorter pages than of 100.",
    example="odata.maxpagesize=20",
)
SKIPTOKEN = query(
    "$skiptoken", text(1, format="odata-skiptoken"), "Where a page begins; part of `@nextLink`."
)
VIEW = (SELECT, FORMAT, MAX_VERSION)

VERSION = told("OData-Version", {"enum": ["4.0", "4.01"]}, "The version of the answer.")
ENTITY = VERSION | told(
    "ETag", text(1, pattern='^"[0-9]+-[0-9a-f]+"$'), "The version of the image, and of its form."
)
LOCATION = told("Location", text(1, format="uri-reference"), "Where it is found.")
REPLAYED = told(
    "Idempotency-Replayed", {"const": "true"}, "The answer is an earlier one.", required=False
)
DUPLICATES = told(
    "Fototeca-Duplicates",
    text(1),
    "References of other images with these bytes, percent-encoded, with commas between.",
    required=False,
)
APPLIED = told("Preference-Applied", text(1), "What of `Prefer` was heeded.", required=False)


def image(description: str, status: int = HTTPStatus.OK, **more: Any) -> Json:
    """Describe an answer with one image."""
    headers = ENTITY | (LOCATION if status == HTTPStatus.CREATED else {})
    return answer(description, ref("Image"), headers=headers | more.pop("headers", {}), **more)
