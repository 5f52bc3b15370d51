"""What the contract's calls have in common: how they log in and refuse, and texts."""

from collections.abc import Sequence

from api.openapi.parts import Json, Refusals, header, later, ref, text, told
from shared.domain.gravity import COMPASS

SECURITY: Sequence[Json] = [{"apiKey": []}, {"queryKey": []}]

REFUSALS = Refusals(
    ref("BackofficeErrors"),
    "application/json",
    {
        400: "The id is no UUID, or the body no JSON.",
        401: "No key, or one that is not known.",
        403: "The key's role is too low, or the tenant is disabled.",
        404: "This tenant has no such thing.",
        408: "The body took longer than it may.",
        409: "Being processed, the name is taken, or the bytes have not come.",
        413: "The body is larger than 1 MiB.",
        415: "The body is compressed or encoded.",
        422: "The body does not fit; `fields` says where. Or the Idempotency-Key was used already.",
        429: "Too many wrong keys from this address, or too many files open.",
        503: "Postgres or S3 is away.",
        507: "No room: the tenant's quota is used up, or the disk is nearly full.",
    },
    later(409, 429, 503),
)


def reading(*more: int) -> Json:
    """Return the refusals of a call that the role reader may make."""
    return REFUSALS.of(401, 403, 429, 503, *more)


def writing(*more: int) -> Json:
    """Return those of a call for editors, without a body."""
    return REFUSALS.of(400, 401, 403, 404, 429, 503, *more)


def sending(*more: int) -> Json:
    """Return those of a call for editors, with a body."""
    return REFUSALS.of(400, 401, 403, 408, 413, 415, 422, 429, 503, *more)


UUID = text(format="uuid")
TIME = text(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")
URL = text(1, format="uri")
LINE = r"^[^\x00-\x1f\x7f-\x9f]*$"
LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
LOCALE = text(2, 35, format="bcp47", pattern="^[A-Za-z0-9-]+$", examples=["de-AT"])

_FRACTION = r"(0(\.[0-9]{1,6})?|1(\.0{1,6})?)"
GRAVITY = text(
    pattern=f"^(center|{'|'.join(COMPASS)}|{_FRACTION} ?, ?{_FRACTION})$",
    examples=["north"],
)

IDEMPOTENCY_KEY = header(
    "Idempotency-Key",
    text(1, 255, pattern=r"^[\x21\x23-\x2b\x2d-\x7e]{1,255}$"),
    "The same request with the same key is done once.",
)
LOCATION = told("Location", text(1, format="uri-reference"), "Where it is found.")
REPLAYED = told("Idempotency-Replayed", {"const": "true"}, "It is an earlier one.", required=False)
