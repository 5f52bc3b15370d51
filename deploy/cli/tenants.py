"""`fototeca tenant set|show|disable|enable|delete`: what tenants may use, and their end."""

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.progress import Progress, TaskID

from deploy.cli.database import run_on_database
from deploy.cli.watching import progress_bar
from deploy.cli.watermark import watermark_of
from shared.domain.errors import NotFoundError
from shared.domain.image import Originals, Tenant, ThumbnailFormat
from shared.domain.quota import Account
from shared.usecases.access.keys import find_tenant
from shared.usecases.ports import Database
from shared.usecases.tenants import tenants
from shared.usecases.tenants.ports import Remains, TenantState

LOOK_S = 0.5
INTERRUPTED = 130

Thumbnails = Annotated[
    ThumbnailFormat | None,
    typer.Option(
        help="auto, by the picture's own format; or webp or avif for all, from now on: "
        "`reprocess` makes thumbnails anew."
    ),
]
SeenBy = Annotated[
    Originals | None,
    typer.Option(help="private: only signed URLs, which expire, show them; or public."),
]
Watermark = Annotated[
    str | None,
    typer.Option(help="Text over second copies of thumbnails, as --thumbnails; '' for none."),
]
MaxBytes = Annotated[
    int | None, typer.Option(min=0, help="Bytes of originals that it may store; 0: no limit.")
]
MaxImages = Annotated[
    int | None, typer.Option(min=0, help="Images that it may have, deleted ones too; 0: no limit.")
]
MaxFileBytes = Annotated[
    int | None, typer.Option(min=0, help="Bytes of its largest file; 0: the service's limit alone.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Leave it to the workers at once.")]


def register(commands: typer.Typer) -> None:
    """Add the commands."""
    commands.command("set")(set_tenant)
    commands.command("show")(show)
    commands.command("disable")(disable)
    commands.command("enable")(enable)
    commands.command("delete")(delete)


def set_tenant(
    name: str,
    thumbnails: Thumbnails = None,
    originals: SeenBy = None,
    watermark: Watermark = None,
    max_bytes: MaxBytes = None,
    max_images: MaxImages = None,
    max_file_bytes: MaxFileBytes = None,
) -> None:
    """Change a tenant's settings; what it has already stays, also beyond a new limit."""
    given = {"max_bytes": max_bytes, "max_images": max_images, "max_file_bytes": max_file_bytes}
    text = watermark_of(watermark)
    limits = {limit: value or None for limit, value in given.items() if value is not None}

    async def change(database: Database) -> list[str]:
        tenant = await find_tenant(database, name)
        if thumbnails is not None:
            await database.set_thumbnail_format(tenant.id, thumbnails)
        if originals is not None:
            await database.set_originals(tenant.id, originals)
        if watermark is not None:
            await database.set_watermark(tenant.id, text)
        if limits:
            account = await database.account_of(tenant.id)
            await database.set_quota(tenant.id, replace(account.quota, **limits))
        return await _described(database, tenant)

    _print(run_on_database(change))


def show(name: str) -> None:
    """Print what a tenant uses and may use, and how it stands."""

    async def describe(database: Database) -> list[str]:
        return await _described(database, await find_tenant(database, name))

    _print(run_on_database(describe))


def disable(name: str) -> None:
    """Refuse a tenant's keys, credentials and tokens within 5 seconds; its CDN URLs stay."""

    async def close(database: Database) -> str:
        tenant = await find_tenant(database, name)
        await database.disable_tenant(tenant.id)
        return f"tenant {name} disabled; `fototeca tenant enable {name}` lets it in again"

    _print([run_on_database(close)])


def enable(name: str) -> None:
    """Let a tenant's keys, credentials and tokens in again."""

    async def reopen(database: Database) -> str:
        await tenants.enable(database, await find_tenant(database, name))
        return f"tenant {name} enabled"

    _print([run_on_database(reopen)])


def delete(name: str, yes: Yes = False, no_wait: NoWait = False) -> None:
    """Delete a disabled tenant and all that it has, for good: rows, files, keys.

    Workers do it. This shows how far they are, and may be ended and called again.
    """

    async def begin(database: Database) -> None:
        tenant = await find_tenant(database, name)
        if not yes:
            usage = (await database.account_of(tenant.id)).usage
            typer.confirm(
                f"Delete the tenant {name}, with {usage.images} images of {usage.bytes} bytes?",
                abort=True,
                err=True,
            )
        await tenants.begin_deletion(database, tenant)
        if not no_wait:
            await _watch(database, tenant)

    try:
        run_on_database(begin)
    except KeyboardInterrupt:
        print("fototeca: the workers go on with it", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    print(f"tenant {name} is being deleted by the workers" if no_wait else f"tenant {name} deleted")


async def _watch(database: Database, tenant: Tenant) -> None:
    with progress_bar("images and files") as progress:
        shown = progress.add_task("deleting", total=None)
        most = 0
        while (left := await database.tenant_remains(tenant.id)) is not None:
            most = max(most, left.images + left.keys)
            _show(progress, shown, left, most)
            await asyncio.sleep(LOOK_S)


def _show(progress: Progress, task: TaskID, left: Remains, most: int) -> None:
    done = most - left.images - left.keys
    doing = "deleting"
    if not left.images and left.until is not None and left.until > datetime.now(UTC):
        doing += f", waiting for late uploads until {left.until:%H:%M} UTC"
    progress.update(task, total=most, completed=done, description=doing)


async def _described(database: Database, tenant: Tenant) -> list[str]:
    state = await database.describe_tenant(tenant.id)
    if state is None:
        raise NotFoundError(f"The tenant {tenant.name} was deleted just now.")
    return _lines(state, await database.account_of(tenant.id))


def _lines(state: TenantState, account: Account) -> list[str]:
    usage, quota = account.usage, account.quota
    standing = "being deleted" if state.deleting_on else "disabled" if state.disabled_on else "open"
    since = state.deleting_on or state.disabled_on
    rows = {
        "tenant": state.name,
        "created": f"{state.created_on:%Y-%m-%dT%H:%M:%S}",
        "state": standing + (f" since {since:%Y-%m-%dT%H:%M:%S}" if since else ""),
        "thumbnails": state.thumbnail_format,
        "watermark": state.watermark or "none",
        "originals": state.originals,
        "images": f"{usage.images} of {_limit(quota.max_images)}, {usage.deleted_images} deleted",
        "bytes": f"{usage.bytes} of {_limit(quota.max_bytes)}",
        "largest file": _limit(quota.max_file_bytes),
        "keys": f"{state.keys} in force",
        "credentials": f"{state.credentials} in force",
    }
    return [f"{name}\t{value}" for name, value in rows.items()]


def _limit(limit: int | None) -> str:
    return "no limit" if limit is None else str(limit)


def _print(lines: list[str]) -> None:
    for line in lines:
        print(line)
