"""`fototeca fsck`: whether the bucket holds what the database says, and nothing else."""

import asyncio
import sys
from dataclasses import asdict, dataclass, field
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, TaskID

from deploy.cli.environment import settings_or_fail, whereabouts
from deploy.cli.watching import printable, progress_bar
from shared.domain.errors import DomainError, ObjectMissingError, SchemaError, UnavailableError
from shared.domain.image import Tenant
from shared.settings import Settings
from shared.usecases.access.keys import find_tenant
from shared.usecases.ports import Database
from shared.usecases.upkeep.checking import Checker, grace_s
from shared.usecases.upkeep.inspection import Finding
from shared.usecases.upkeep.repairing import Repairer

FOUND = 1
NOT_CHECKED = 2
INTERRUPTED = 130

Repair = Annotated[
    bool, typer.Option("--repair", help="Put right what can be; of bytes, only strays go.")
]
Deep = Annotated[bool, typer.Option("--deep", help="Read all bytes and compare their hashes.")]
TenantName = Annotated[str | None, typer.Option("--tenant", help="Only this tenant.")]
AsJson = Annotated[bool, typer.Option("--json", help="A JSON line for each finding.")]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for."""

    repair: bool
    deep: bool
    tenant: str | None
    as_json: bool


@dataclass(slots=True)
class Summary:
    """What came of it: findings by kind, how many of them were repaired, what was looked at."""

    objects: int = 0
    bytes: int = 0
    young: int = 0
    known_losses: int = 0
    repaired: int = 0
    findings: dict[str, int] = field(default_factory=dict)

    def count(self, finding: Finding) -> None:
        """Count a finding."""
        kind = finding.kind.value
        self.findings[kind] = self.findings.get(kind, 0) + 1
        self.repaired += finding.repair is not None


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(fsck)


def fsck(
    repair: Repair = False, deep: Deep = False, tenant: TenantName = None, as_json: AsJson = False
) -> None:
    """Compare the bucket with the database, both ways, while everything goes on.

    Ends with 0 if all is well, 1 if something was found, 2 if it could not be checked.
    """
    wishes = Wishes(repair, deep, tenant, as_json)
    settings = settings_or_fail()
    try:
        summary = asyncio.run(_check(settings, wishes))
    except (DomainError, SchemaError, ObjectMissingError) as error:
        hint = f" {whereabouts(error, settings)}" if isinstance(error, UnavailableError) else ""
        print(f"fototeca: could not check: {error}{hint}", file=sys.stderr)
        raise typer.Exit(NOT_CHECKED) from error
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    _print_summary(summary, as_json=as_json)
    raise typer.Exit(FOUND if summary.findings else 0)


async def _check(settings: Settings, wishes: Wishes) -> Summary:
    from shared.db.database import open_database  # noqa: PLC0415 -- only when there is work
    from shared.db.migrate import check_schema  # noqa: PLC0415
    from shared.storage.s3 import open_storage  # noqa: PLC0415

    url = settings.database_url.get_secret_value()
    await check_schema(url)
    async with open_database(url) as database, open_storage(settings) as storage:
        tenant = await find_tenant(database, wishes.tenant) if wishes.tenant else None
        with progress_bar("objects") as progress:
            shown = progress.add_task("checking", total=await _expected(database, tenant))
            checker = Checker(
                database,
                storage,
                grace_s(settings.upload_timeout_s),
                wishes.deep,
                Repairer(database) if wishes.repair else None,
                lambda objects: _show(progress, shown, objects),
            )
            return await _report(checker, tenant, as_json=wishes.as_json)


async def _expected(database: Database, tenant: Tenant | None) -> int | None:
    return None if tenant else await database.inspection.estimate()


def _show(progress: Progress, task: TaskID, objects: int) -> None:
    progress.update(task, completed=objects)


async def _report(checker: Checker, tenant: Tenant | None, *, as_json: bool) -> Summary:
    summary = Summary()
    async for finding in checker.findings(tenant):
        summary.count(finding)
        _print_finding(finding, as_json=as_json)
    tally = checker.tally
    summary.objects, summary.bytes = tally.objects, tally.bytes
    summary.young, summary.known_losses = tally.young, tally.known_losses
    return summary


def _print_finding(finding: Finding, *, as_json: bool) -> None:
    if as_json:
        print(orjson.dumps(asdict(finding)).decode(), flush=True)
        return
    line = f"[red]{finding.kind}[/]  {_plain(finding.subject)}  {_plain(finding.detail)}"
    if finding.repair:
        line += f" [green]Repaired: {_plain(finding.repair)}.[/]"
    Console(highlight=False, soft_wrap=True).print(line)


def _plain(text: str) -> str:
    return escape(printable(text))


def _print_summary(summary: Summary, *, as_json: bool) -> None:
    if as_json:
        print(orjson.dumps({"summary": asdict(summary)}).decode())
        return
    total = sum(summary.findings.values())
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(summary.findings.items()))
    print(
        f"{'clean' if not total else f'{total} found ({kinds}), {summary.repaired} repaired'}: "
        f"{summary.objects} objects, {summary.bytes} bytes; {summary.young} young strays left "
        f"alone, {summary.known_losses} lost originals known"
    )
