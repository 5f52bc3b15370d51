"""Where the next page begins, as an opaque text that is believed only after it was checked."""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from shared.domain.errors import InvalidInputError
from shared.domain.expression import Column, Type

MAX_CHARACTERS = 8_192

Keys = Sequence[tuple[Column, bool]]


def encode_token(keys: Keys, values: Sequence[object]) -> str:
    """Return a token for the row with these values of the order's keys."""
    body = orjson.dumps([_signature(keys), *map(_plain, values)])
    return base64.urlsafe_b64encode(body).decode().rstrip("=")


def decode_token(token: str, keys: Keys) -> tuple[object, ...]:
    """Return the values; refuse a token that was not made for this order."""
    try:
        return _values(token, keys)
    except (ValueError, TypeError, OverflowError, binascii.Error) as error:
        raise InvalidInputError(
            "This $skiptoken was not made here for this $orderby: follow @nextLink as it is.",
            field="$skiptoken",
        ) from error


def _values(token: str, keys: Keys) -> tuple[object, ...]:
    if len(token) > MAX_CHARACTERS:
        raise ValueError("too long")
    padded = token + "=" * (-len(token) % 4)
    signature, *values = orjson.loads(base64.b64decode(padded, b"-_", validate=True))
    if signature != _signature(keys) or len(values) != len(keys):
        raise ValueError("of another order")
    pairs = zip(keys, values, strict=True)
    return tuple(_typed(value, column.type) for (column, _), value in pairs)


def _signature(keys: Keys) -> str:
    order = ",".join(f"{column.name}{'-' if descends else '+'}" for column, descends in keys)
    return hashlib.blake2b(order.encode(), digest_size=6).hexdigest()


def _plain(value: object) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.hex if isinstance(value, UUID) else value


def _typed(value: Any, kind: Type) -> object:
    """Return the value as its type's; anything else is a ValueError."""
    match kind, value:
        case _, None:
            return None
        case Type.INTEGER, int() if not isinstance(value, bool) and abs(value) < 2**63:
            return value
        case Type.STRING, str() if "\0" not in value:
            return value.encode().decode()
        case Type.MOMENT, str():
            moment = datetime.fromisoformat(value)
            # An OverflowError at the ends of time: Postgres is not asked what it cannot be.
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        case Type.GUID, str():
            return UUID(value)
        case _:
            raise ValueError(value)
