"""ULIDs: the same 128 bits as an image's UUIDv7, in 26 characters of Crockford's base 32."""

import re
from uuid import UUID

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID = re.compile(f"[0-7][{_ALPHABET}]{{25}}", re.IGNORECASE | re.ASCII)
_BITS = 5
_LENGTH = 26


def ulid_of(uid: UUID) -> str:
    """Return the ULID."""
    places = range((_LENGTH - 1) * _BITS, -1, -_BITS)
    return "".join(_ALPHABET[uid.int >> place & 31] for place in places)


def parse_ulid(text: str) -> UUID | None:
    """Return what a ULID stands for, in either case; None where it is none."""
    if not _ULID.fullmatch(text):
        return None
    number = 0
    for letter in text.upper():
        number = number << _BITS | _ALPHABET.index(letter)
    return UUID(int=number)
