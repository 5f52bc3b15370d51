"""Tenants and their API keys: made here, compared here, kept only as hashes."""

import hashlib
import re
import secrets
from collections.abc import MutableMapping

from shared.domain.disabled import check_enabled
from shared.domain.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    InvalidKeyError,
    MissingKeyError,
    NotFoundError,
)
from shared.domain.image import Principal, Role, Tenant, ThumbnailFormat
from shared.usecases.access.ports import KeyRow, TenantStatements

_TENANT_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_KEY = re.compile(r"ft([1-9]\d{0,17})_[A-Za-z0-9_-]{43}")
_KEY_BYTES = 32


async def create_tenant(
    tenants: TenantStatements, name: str, thumbnails: ThumbnailFormat = ThumbnailFormat.AUTO
) -> Tenant:
    """Create a tenant, whose name begins its storage keys and so never changes."""
    if not _TENANT_NAME.fullmatch(name):
        raise InvalidInputError(
            f"{name!r} cannot name a tenant: use 1 to 63 of a-z, 0-9 and -, "
            "a letter or digit first.",
            field="name",
        )
    tenant = await tenants.insert_tenant(name, thumbnails)
    if tenant is None:
        raise ConflictError(f"The tenant {name} exists already.")
    return tenant


async def find_tenant(tenants: TenantStatements, name: str) -> Tenant:
    """Return the tenant of that name."""
    tenant = await tenants.tenant_by_name(name)
    if tenant is None:
        raise NotFoundError(
            f"There is no tenant {name!r}: make it with `fototeca tenant create {name}`."
        )
    return tenant


async def create_key(tenants: TenantStatements, tenant: Tenant, role: Role, label: str) -> str:
    """Return a new key of 256 random bits; it cannot be read again."""
    key = f"ft{tenant.id}_{secrets.token_urlsafe(_KEY_BYTES)}"
    await tenants.insert_key(tenant.id, _digest(key), role, label)
    return key


async def list_keys(tenants: TenantStatements, tenant: Tenant) -> list[KeyRow]:
    """Return the tenant's keys without their secrets."""
    return await tenants.list_keys(tenant.id)


async def revoke_key(tenants: TenantStatements, tenant: Tenant, key_id: int) -> None:
    """End a key; every process follows within the seconds that it remembers principals."""
    if not await tenants.revoke_key(tenant.id, key_id):
        raise NotFoundError(f"The tenant {tenant.name} has no key {key_id} in force.")


async def authenticate(
    tenants: TenantStatements, cache: MutableMapping[bytes, Principal], key: str | None
) -> Principal:
    """Return who calls; `cache` is bounded and forgets within 5 s, so that revocation holds."""
    if not key:
        raise MissingKeyError("Send your API key in the X-API-KEY header.")
    digest = _digest(key)
    try:
        return cache[digest]  # `get` would look twice
    except KeyError:
        match = _KEY.fullmatch(key)
    principal = await tenants.principal_by_key(int(match[1]), digest) if match else None
    if principal is None:
        raise InvalidKeyError("This API key is not known or was revoked.")
    check_enabled(principal)
    cache[digest] = principal
    return principal


def require(principal: Principal, role: Role) -> None:
    """Refuse a principal whose role is too low."""
    if principal.role < role:
        raise ForbiddenError(
            f"This needs the role {role.name.lower()}; your key has {principal.role.name.lower()}."
        )


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode(errors="surrogateescape")).digest()
