"""Digest users and OAuth clients: made here, believed here, and given tokens here.

User names, client ids and tokens say whose they are (as API keys do), so that a look-up names its
tenant. Secrets and tokens have 256 random bits.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import MutableMapping
from typing import Protocol

import structlog

from shared.domain.credential import CredentialKind, CredentialRow, Holder
from shared.domain.digest import (
    ALGORITHMS,
    NONCE_LIFE_S,
    REALM,
    DigestAnswer,
    Nonces,
    ha1_of,
)
from shared.domain.disabled import check_enabled
from shared.domain.errors import (
    InvalidInputError,
    NotFoundError,
    SealError,
    StaleNonceError,
    UnauthorizedError,
)
from shared.domain.image import Principal, Role, Tenant

log = structlog.get_logger(__name__)

TOKEN_LIFE_S = 1800
LIVE_TOKENS = 1000
"""Of one credential; a further one ends the oldest."""

MAX_LABEL = 200

_PREFIXES = {CredentialKind.DIGEST: "fd", CredentialKind.OAUTH: "fc"}
_IDENTIFIER = re.compile(r"f[cd]([1-9]\d{0,17})_[A-Za-z0-9_-]{16}")
_TOKEN = re.compile(r"fa([1-9]\d{0,17})_[A-Za-z0-9_-]{43}")
_REMEMBERED = b"access token "
"""Begins a token's place in the cache, where API keys are too: neither passes for the other."""

_SECRET_BYTES = 32
_IDENTIFIER_BYTES = 12


class CredentialStatements(Protocol):
    """Credentials, tokens and nonces; every statement names its tenant."""

    async def insert_credential(
        self,
        tenant_id: int,
        kind: CredentialKind,
        identifier: str,
        secret: bytes,
        role: Role,
        label: str,
    ) -> None: ...
    async def list_credentials(self, tenant_id: int) -> list[CredentialRow]: ...
    async def revoke_credential(self, tenant_id: int, credential_id: int) -> bool: ...
    async def holder_of_credential(
        self, tenant_id: int, kind: CredentialKind, identifier: str
    ) -> Holder | None: ...
    async def insert_token(
        self, tenant_id: int, credential_id: int, sha256: bytes, life_s: float, at_most: int
    ) -> bool: ...
    async def principal_by_token(self, tenant_id: int, sha256: bytes) -> Principal | None: ...
    async def delete_token(self, tenant_id: int, credential_id: int, sha256: bytes) -> bool: ...
    async def count_nonce(
        self, tenant_id: int, credential_id: int, nonce: str, count: int, life_s: float
    ) -> bool: ...


class Sealer(Protocol):
    """Encrypts what has to be read again; raises SealError for what was sealed with another key."""

    def seal(self, plain: bytes) -> bytes: ...
    def unseal(self, sealed: bytes) -> bytes: ...


async def create_credential(
    statements: CredentialStatements,
    sealer: Sealer,
    tenant: Tenant,
    kind: CredentialKind,
    role: Role,
    label: str,
) -> tuple[str, str]:
    """Return a new user name or client id, and its secret, which cannot be read again."""
    if not 1 <= len(label) <= MAX_LABEL or not label.isprintable():
        raise InvalidInputError(
            f"A label has 1 to {MAX_LABEL} printable characters: it is shown as the author.",
            field="label",
        )
    identifier = f"{_PREFIXES[kind]}{tenant.id}_{secrets.token_urlsafe(_IDENTIFIER_BYTES)}"
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    kept = (
        _sha256(secret)
        if kind is CredentialKind.OAUTH
        else sealer.seal(
            " ".join(ha1_of(algorithm, identifier, secret) for algorithm in ALGORITHMS).encode()
        )
    )
    await statements.insert_credential(tenant.id, kind, identifier, kept, role, label)
    return identifier, secret


async def revoke_credential(
    statements: CredentialStatements, tenant: Tenant, credential_id: int
) -> None:
    """End a credential and all its tokens, in every process within 5 s."""
    if not await statements.revoke_credential(tenant.id, credential_id):
        raise NotFoundError(f"The tenant {tenant.name} has no credential {credential_id} in force.")


async def authenticate_client(
    statements: CredentialStatements, identifier: str, secret: str
) -> Holder:
    """Return whom an OAuth client stands for, or raise UnauthorizedError."""
    holder = await _holder(statements, CredentialKind.OAUTH, identifier)
    if holder is None or not hmac.compare_digest(holder.secret, _sha256(secret)):
        raise UnauthorizedError("This client id and secret are not known, or were revoked.")
    check_enabled(holder.principal)
    return holder


async def authenticate_digest(
    statements: CredentialStatements,
    sealer: Sealer,
    nonces: Nonces,
    answer: DigestAnswer,
    method: str,
    now_s: float,
) -> Holder:
    """Return who made a Digest answer; a right one to an old nonce, or used before, is stale."""
    holder = await _holder(statements, CredentialKind.DIGEST, answer.username)
    if holder is None or answer.realm != REALM or not _proves(sealer, holder, answer, method):
        raise UnauthorizedError("This user name and password are not known, or were revoked.")
    left_s = nonces.seconds_left(answer.nonce, now_s)
    # The row outlives the nonce by a life: clocks of Postgres and of this machine may differ.
    if not left_s or not await statements.count_nonce(
        holder.principal.tenant.id,
        holder.credential_id,
        answer.nonce,
        answer.count,
        left_s + NONCE_LIFE_S,
    ):
        raise StaleNonceError("This nonce is over or was used: answer the new challenge.")
    check_enabled(holder.principal)
    return holder


def _proves(sealer: Sealer, holder: Holder, answer: DigestAnswer, method: str) -> bool:
    try:
        kept = sealer.unseal(holder.secret).decode().split()
    except SealError as error:
        log.error("credential_unreadable", credential_id=holder.credential_id, detail=str(error))  # noqa: TRY400 -- the sentence tells it all
        raise UnauthorizedError(
            "What is stored of this user can no longer be read: ask for a new credential."
        ) from error
    return answer.proves(dict(zip(ALGORITHMS, kept, strict=True))[answer.algorithm], method)


async def grant(statements: CredentialStatements, holder: Holder) -> str:
    """Return a new access token for TOKEN_LIFE_S seconds."""
    tenant = holder.principal.tenant
    token = f"fa{tenant.id}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    if not await statements.insert_token(
        tenant.id, holder.credential_id, _sha256(token), TOKEN_LIFE_S, LIVE_TOKENS
    ):
        raise UnauthorizedError("This credential was revoked.")
    return token


async def give_back(statements: CredentialStatements, holder: Holder, token: str) -> None:
    """End a token of this client; one that is not its own stays as it is (RFC 7009)."""
    tenant_id = holder.principal.tenant.id
    await statements.delete_token(tenant_id, holder.credential_id, _sha256(token))


async def authenticate_token(
    statements: CredentialStatements, cache: MutableMapping[bytes, Principal], token: str
) -> Principal:
    """Return for whom a token was granted; `cache` forgets within 5 s."""
    digest = _sha256(token)
    remembered = _REMEMBERED + digest
    if (known := cache.get(remembered)) is not None:
        return known
    match = _TOKEN.fullmatch(token)
    found = await statements.principal_by_token(int(match[1]), digest) if match else None
    if found is None:
        raise UnauthorizedError("This access token is not known, is over, or was revoked.")
    check_enabled(found)
    cache[remembered] = found
    return found


async def _holder(
    statements: CredentialStatements, kind: CredentialKind, identifier: str
) -> Holder | None:
    match = _IDENTIFIER.fullmatch(identifier)
    if match is None:
        return None
    return await statements.holder_of_credential(int(match[1]), kind, identifier)


def _sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="surrogateescape")).digest()
