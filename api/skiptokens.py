"""Where the next page begins, as an opaque text: believed only where it was made for this list."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import orjson

from shared.domain.errors import InvalidInputError
from shared.domain.expression import Column, Type

MAX_CHARACTERS = 8_192

_SIGNATURE_BYTES = 12

Keys = Sequence[tuple[Column, bool]]


class Skiptokens:
    """Makes and reads tokens, signed under a secret that all processes of the API share."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def encode(self, keys: Keys, values: Sequence[object], scope: Sequence[str] = ()) -> str:
        """Return a token for the row with these values of the order's keys.

        `scope` is what else the list was asked to be, such as its filter.
        """
        plain = [_plain(value) for value in values]
        body = orjson.dumps([self._signature(keys, plain, scope), *plain])
        return base64.urlsafe_b64encode(body).decode().rstrip("=")

    def decode(self, token: str, keys: Keys, scope: Sequence[str] = ()) -> tuple[object, ...]:
        """Return the values; refuse a token that was not made for this order and scope."""
        try:
            return self._values(token, keys, scope)
        except (ValueError, TypeError, OverflowError, binascii.Error) as error:
            raise InvalidInputError(
                "This $skiptoken was not made here for this list, its $orderby, $filter and "
                "$search: follow @nextLink as it is.",
                field="$skiptoken",
            ) from error

    def _values(self, token: str, keys: Keys, scope: Sequence[str]) -> tuple[object, ...]:
        if len(token) > MAX_CHARACTERS:
            raise ValueError("too long")
        padded = token + "=" * (-len(token) % 4)
        signature, *values = orjson.loads(base64.b64decode(padded, b"-_", validate=True))
        if not hmac.compare_digest(signature, self._signature(keys, values, scope)):
            raise ValueError("of another list")
        pairs = zip(keys, values, strict=True)
        return tuple(_typed(value, column.type) for (column, _), value in pairs)

    def _signature(self, keys: Keys, values: Sequence[object], scope: Sequence[str]) -> str:
        order = [f"{column.name}{'-' if descends else '+'}" for column, descends in keys]
        text = orjson.dumps([order, scope, values])
        return hashlib.blake2b(text, digest_size=_SIGNATURE_BYTES, key=self._secret).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.hex if isinstance(value, UUID) else value


def _typed(value: object, kind: Type) -> object:
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
