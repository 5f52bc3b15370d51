"""`fototeca api`, `worker` and `migrate`: the service's own processes."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from deploy.cli.environment import explained, sentence_of, settings_or_fail
from deploy.listening import why_not
from shared.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(api)
    app.command()(worker)
    app.command()(migrate)


def api() -> None:
    """Serve HTTP until SIGINT or SIGTERM."""
    from api.processes import main  # noqa: PLC0415 -- each command imports only what it needs

    _run(main, _why_not_served)


def worker() -> None:
    """Process images until SIGINT or SIGTERM."""
    from worker.running import main  # noqa: PLC0415

    _run(main)


def migrate(
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing if all is well.")] = False,
    dump_to: Annotated[
        Path | None,
        typer.Option(help="Folder for a dump of what is there before; the last two are kept."),
    ] = None,
) -> None:
    """Bring the database to this version's schema; safe to run from several places at once."""
    from deploy.dumps import dump_before_migrating  # noqa: PLC0415
    from shared.db.migrate import migrate as apply  # noqa: PLC0415

    def run(settings: Settings) -> None:
        url = settings.database_url.get_secret_value()
        if dump_to is not None:
            asyncio.run(dump_before_migrating(url, dump_to))
        applied = asyncio.run(apply(url))
        if not quiet:
            print("applied: " + ", ".join(applied) if applied else "the schema is up to date")

    _run(run)


def _run(
    main: Callable[[Settings], None],
    explain: Callable[[OSError, Settings], str] = lambda error, _: sentence_of(error),
) -> None:
    settings = settings_or_fail()
    try:
        with explained(settings):
            main(settings)
    except OSError as error:
        _fail(explain(error, settings))


def _why_not_served(error: OSError, settings: Settings) -> str:
    """An error that names a file is about that; any other is about the address."""
    if error.filename is not None:
        return sentence_of(error)
    return why_not(error, settings.host, settings.port)


def _fail(sentence: str) -> NoReturn:
    print(f"fototeca: {sentence}", file=sys.stderr)
    raise typer.Exit(1)
