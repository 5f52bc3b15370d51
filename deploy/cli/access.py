"""`fototeca tenant` and `fototeca key`: who may call."""

import sys
from typing import Annotated

import typer

from deploy.cli import tenants as tenant_commands
from deploy.cli.database import run_on_database
from shared.domain.errors import ConflictError
from shared.domain.image import Role, ThumbnailFormat
from shared.usecases.access import keys as access
from shared.usecases.ports import Database

TenantName = Annotated[str, typer.Option("--tenant", help="Name of the tenant.")]
FORMATS = "auto, by the picture's own format; or webp or avif for all."
Thumbnails = Annotated[ThumbnailFormat, typer.Option(help=FORMATS)]
RoleName = Annotated[str, typer.Option("--role", help="reader, editor or admin.")]

tenants = typer.Typer(no_args_is_help=True, help="Tenants.")
keys = typer.Typer(no_args_is_help=True, help="API keys of a tenant.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    tenant_commands.register(tenants)
    app.add_typer(tenants, name="tenant")
    app.add_typer(keys, name="key")


@tenants.command("create")
def create_tenant(
    name: str,
    if_missing: Annotated[bool, typer.Option("--if-missing", help="Be content with one.")] = False,
    thumbnails: Thumbnails = ThumbnailFormat.AUTO,
) -> None:
    """Create a tenant; its name cannot be changed later."""

    async def create(database: Database) -> str:
        try:
            tenant = await access.create_tenant(database, name, thumbnails)
        except ConflictError:
            if not if_missing:
                raise
            return f"tenant {name} exists"
        return f"tenant {tenant.name} created"

    print(run_on_database(create))


@tenants.command("list")
def list_tenants() -> None:
    """Print the tenants' names, each on a line with the day and time of its creation."""

    async def rows(database: Database) -> list[str]:
        return [f"{row.name}\t{row.created_on}" for row in await database.list_tenants()]

    for row in run_on_database(rows):
        print(row)


@keys.command("create")
def create_key(
    tenant: TenantName,
    role: RoleName = "admin",
    label: Annotated[str, typer.Option(help="What the key is for.")] = "",
) -> None:
    """Print a new API key; it cannot be shown again."""
    wanted = role_of(role)

    async def create(database: Database) -> str:
        owner = await access.find_tenant(database, tenant)
        return await access.create_key(database, owner, wanted, label or role)

    print(run_on_database(create))


@keys.command("list")
def list_keys(tenant: TenantName) -> None:
    """List a tenant's keys, without their secrets."""

    async def rows(database: Database) -> list[str]:
        owner = await access.find_tenant(database, tenant)
        return [
            f"{key.id}\t{key.role.name.lower()}\t{key.label}\t{key.created_on}\t"
            + (f"revoked {key.revoked_on}" if key.revoked_on else "in force")
            for key in await access.list_keys(database, owner)
        ]

    for row in run_on_database(rows):
        print(row)


@keys.command("revoke")
def revoke_key(key_id: int, tenant: TenantName) -> None:
    """Revoke a key by the number that `key list` shows; it stops working within 5 seconds."""

    async def revoke(database: Database) -> str:
        owner = await access.find_tenant(database, tenant)
        await access.revoke_key(database, owner, key_id)
        return f"key {key_id} revoked"

    print(run_on_database(revoke))


def role_of(name: str) -> Role:
    """Return the role of that name, or end the command with the names there are."""
    if name.upper() not in Role.__members__:
        print(f"fototeca: a role is reader, editor or admin, not {name!r}", file=sys.stderr)
        raise typer.Exit(2)
    return Role[name.upper()]
