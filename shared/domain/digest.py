"""HTTP Digest (RFC 7616): what is hashed, which algorithms there are, and what makes a nonce."""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass

REALM = "fototeca"
"""One for the whole installation, and for ever: it is part of every stored HA1."""

ALGORITHMS = {"SHA-256": "sha256", "MD5": "md5"}
"""In the order of the challenges, the stronger first (section 3.7), with hashlib's names."""

NONCE_LIFE_S = 300

_STAMP_BYTES = 8
_RANDOM_BYTES = 18
_TAG_BYTES = 16


@dataclass(frozen=True, slots=True)
class DigestAnswer:
    """What a client answers to a challenge, as it came; `count` is nc as a number."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: str
    cnonce: str
    nc: str

    @property
    def count(self) -> int:
        """How often the client says that it has used this nonce."""
        return int(self.nc, 16)

    def proves(self, ha1: str, method: str) -> bool:
        """Whether whoever made this knows the password behind HA1 (section 3.4.1, qop=auth)."""
        ha2 = _hash(self.algorithm, method, self.uri)
        expected = _hash(self.algorithm, ha1, self.nonce, self.nc, self.cnonce, "auth", ha2)
        return hmac.compare_digest(expected.encode(), self.response.lower().encode())


def ha1_of(algorithm: str, username: str, password: str) -> str:
    """Return H(username:realm:password) in hex, which is as good as the password here."""
    return _hash(algorithm, username, REALM, password)


def _hash(algorithm: str, *parts: str) -> str:
    return hashlib.new(
        ALGORITHMS[algorithm], ":".join(parts).encode(), usedforsecurity=False
    ).hexdigest()


@dataclass(frozen=True, slots=True)
class Nonces:
    """Makes nonces and knows its own: a time, 144 random bits, and a seal over both.

    So a challenge costs no row, whoever asks; counts are kept from the first right answer on.
    """

    key: bytes

    def issue(self, now_s: float) -> str:
        """Return a nonce that is good for NONCE_LIFE_S."""
        body = int(now_s).to_bytes(_STAMP_BYTES) + secrets.token_bytes(_RANDOM_BYTES)
        return base64.urlsafe_b64encode(body + self._tag(body)).decode()

    def seconds_left(self, nonce: str, now_s: float) -> float:
        """Return how long it stays good; 0 for what is no nonce of ours or is over."""
        try:
            raw = base64.b64decode(nonce, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return 0.0
        body, tag = raw[:-_TAG_BYTES], raw[-_TAG_BYTES:]
        if len(body) != _STAMP_BYTES + _RANDOM_BYTES or not hmac.compare_digest(
            tag, self._tag(body)
        ):
            return 0.0
        issued = int.from_bytes(body[:_STAMP_BYTES])
        return max(0.0, issued + NONCE_LIFE_S - now_s)

    def _tag(self, body: bytes) -> bytes:
        return hmac.digest(self.key, body, "sha256")[:_TAG_BYTES]
