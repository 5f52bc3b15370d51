"""Credentials other than API keys: who may log in by Digest, and which clients may have tokens."""

from dataclasses import dataclass
from enum import StrEnum

from shared.domain.image import Principal, Role


class CredentialKind(StrEnum):
    """HTTP Digest (RFC 7616), or client credentials of OAuth 2 (RFC 6749, section 4.4)."""

    DIGEST = "digest"
    OAUTH = "oauth"


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """A credential without its secret, as operators list it."""

    id: int
    kind: CredentialKind
    identifier: str
    role: Role
    label: str
    created_on: str
    revoked_on: str | None


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a credential in force stands for, and what its secret is compared with.

    `secret` is the SHA-256 of an OAuth client's secret, or a Digest user's HA1 values, sealed.
    """

    credential_id: int
    principal: Principal
    secret: bytes
