"""Secrets that have to be read again, sealed with FOTOTECA_SECRET_KEY: the only place for that.

AES-256-GCM under a key derived (HKDF) for each purpose, so that what is sealed for one cannot be
passed off as another's. A copy of the database without the key tells nothing.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.domain.errors import SealError
from shared.settings import MIN_KEY_CHARACTERS

_NONCE_BYTES = 12
_KEY_BYTES = 32


def derived_key(secret_key: str | None, purpose: str) -> bytes:
    """Return 256 bits that only this purpose has."""
    if secret_key is None or len(secret_key) < MIN_KEY_CHARACTERS:
        raise SealError(
            f"FOTOTECA_SECRET_KEY must have at least {MIN_KEY_CHARACTERS} random characters, the "
            "same for every process: make them with `openssl rand -base64 32`, and keep them."
        )
    hkdf = HKDF(hashes.SHA256(), _KEY_BYTES, salt=None, info=f"fototeca {purpose}".encode())
    return hkdf.derive(secret_key.encode())


class Seal:
    """Encrypts and decrypts bytes for one purpose."""

    def __init__(self, secret_key: str | None, purpose: str) -> None:
        self._cipher = AESGCM(derived_key(secret_key, purpose))

    def seal(self, plain: bytes) -> bytes:
        """Encrypt; the answer is 28 bytes longer, and another each time."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, None)

    def unseal(self, sealed: bytes) -> bytes:
        """Decrypt; raise SealError for what was sealed with another key, or was changed."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
        except (InvalidTag, ValueError) as error:
            raise SealError(
                "A stored secret cannot be read: FOTOTECA_SECRET_KEY is not the one that sealed "
                "it. Start with the earlier key, or make the credentials and webhooks anew."
            ) from error
