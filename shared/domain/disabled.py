"""What whoever calls for a disabled tenant is told, whatever the way in."""

from shared.domain.errors import TenantDisabledError
from shared.domain.image import Principal


def check_enabled(principal: Principal) -> None:
    """Refuse whoever calls for a tenant that is disabled; not remembered, so it can end at once."""
    if principal.is_disabled:
        raise disabled(principal.tenant.name)


def disabled(tenant: str) -> TenantDisabledError:
    """Return the error for a valid key of a disabled tenant."""
    return TenantDisabledError(
        f"The tenant {tenant} is disabled: ask the operator of this installation."
    )
