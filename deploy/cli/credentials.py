"""`fototeca credential`: who may log in by Digest, and which clients may have tokens."""

from typing import Annotated

import typer

from deploy.cli.access import TenantName, role_of
from deploy.cli.database import run_on_database
from deploy.cli.environment import settings_or_fail
from shared.domain.credential import CredentialKind
from shared.sealing import Seal
from shared.usecases.access import credentials
from shared.usecases.access import keys as access
from shared.usecases.ports import Database

Kind = Annotated[CredentialKind, typer.Option("--kind", help="digest or oauth.")]

commands = typer.Typer(no_args_is_help=True, help="Digest users and OAuth clients of a tenant.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="credential")


@commands.command("create")
def create_credential(
    tenant: TenantName,
    kind: Kind,
    label: Annotated[str, typer.Option(help="Whose it is: shown as the author of uploads.")],
    role: Annotated[str, typer.Option("--role", help="reader, editor or admin.")] = "editor",
) -> None:
    """Print a new id (user name, client id) and its secret; that cannot be shown again."""
    wanted, sealing_key = role_of(role), settings_or_fail().sealing_key

    async def create(database: Database) -> str:
        owner = await access.find_tenant(database, tenant)
        seal = Seal(sealing_key, "digest")
        made = await credentials.create_credential(database, seal, owner, kind, wanted, label)
        return " ".join(made)

    print(run_on_database(create))


@commands.command("list")
def list_credentials(tenant: TenantName) -> None:
    """List a tenant's credentials, without their secrets."""

    async def rows(database: Database) -> list[str]:
        owner = await access.find_tenant(database, tenant)
        return [
            f"{row.id}\t{row.kind}\t{row.identifier}\t{row.role.name.lower()}\t{row.label}\t"
            f"{row.created_on}\t" + (f"revoked {row.revoked_on}" if row.revoked_on else "in force")
            for row in await database.list_credentials(owner.id)
        ]

    for row in run_on_database(rows):
        print(row)


@commands.command("revoke")
def revoke_credential(credential_id: int, tenant: TenantName) -> None:
    """Revoke a credential, by the number that `credential list` shows, and all its tokens."""

    async def revoke(database: Database) -> str:
        owner = await access.find_tenant(database, tenant)
        await credentials.revoke_credential(database, owner, credential_id)
        return f"credential {credential_id} revoked"

    print(run_on_database(revoke))
