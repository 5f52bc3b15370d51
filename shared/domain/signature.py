"""Signed addresses of private originals: the one place where they are made and judged.

HMAC-SHA-256 over the storage key, under a secret of its own for each end of life, so that Postgres,
which signs whole lists, never learns a secret that outlives the addresses.
"""

import hashlib
import hmac
import re
from functools import lru_cache
from typing import NamedTuple

from shared.domain.errors import AddressExpiredError, AddressUnsignedError

_BLOCK_BYTES = 64
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))
_EXPIRES = re.compile(r"[1-9][0-9]{0,14}")

STEPS = 4
"""Of an address's life: all that are given out within a fourth of it end together, so that they,
and the answers that name them, stay the same for so long."""


class Pads(NamedTuple):
    """All that signs addresses with one end; `expires` is in seconds since 1970.

    The secret stands joined to HMAC's two pads (RFC 2104, section 4), as SQL needs it.
    """

    expires: int
    inner: bytes
    outer: bytes

    @property
    def query(self) -> str:
        """What an address ends in, before its signature."""
        return f"?expires={self.expires}&signature="

    def suffix(self, key: str) -> str:
        """Return what the address of a storage key ends in."""
        inner = hashlib.sha256(self.inner + key.encode()).digest()
        return self.query + hashlib.sha256(self.outer + inner).hexdigest()


class AddressSigner:
    """Signs addresses that live for `life_s` at most, and three quarters of it at least."""

    def __init__(self, secret: bytes, life_s: int) -> None:
        self._secret = secret
        self._life_s = life_s
        self._step_s = life_s // STEPS

    def pads(self, now: float) -> Pads:
        """Return what signs the addresses that are given out at a time."""
        expires = int(now) // self._step_s * self._step_s + self._life_s
        return _pads(self._secret, expires)

    def check(self, key: str, expires: str | None, signature: str | None, now: float) -> int:
        """Return for how many seconds more an address shows a key.

        Raises AddressUnsignedError or AddressExpiredError, the latter only for what was signed.
        """
        if expires is None or signature is None or not _EXPIRES.fullmatch(expires):
            raise AddressUnsignedError(_UNSIGNED)
        right = _pads(self._secret, int(expires)).suffix(key).rpartition("=")[2]
        if not hmac.compare_digest(right.encode(), signature.encode(errors="surrogatepass")):
            raise AddressUnsignedError(_UNSIGNED)
        left_s = int(expires) - int(now)
        if left_s <= 0:
            raise AddressExpiredError(_EXPIRED)
        return left_s


@lru_cache(maxsize=64)
def _pads(secret: bytes, expires: int) -> Pads:
    own = hmac.digest(secret, str(expires).encode(), "sha256").ljust(_BLOCK_BYTES, b"\0")
    return Pads(expires, own.translate(_INNER), own.translate(_OUTER))


_UNSIGNED = (
    "Originals of this tenant are private: use the originalUrl of an answer of the API, unchanged."
)
_EXPIRED = "This address is over: ask the API for the image again, and use its new originalUrl."
