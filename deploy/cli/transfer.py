"""`fototeca import` and `fototeca export`: whole folders in, whole libraries out."""

import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from deploy.cli.environment import sentence_of
from deploy.transfer.order import NamedBy, OnConflict, Order
from deploy.transfer.tally import Tally

INTERRUPTED = 130
MAX_JOBS = 64

Url = Annotated[str | None, typer.Option(help="The service; without it, the stack that runs here.")]
Key = Annotated[
    str | None,
    typer.Option(help="An API key, or @FILE for one in a file, which `ps` does not show."),
]
Jobs = Annotated[int, typer.Option(min=1, max=MAX_JOBS, help="Files on their way at once.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("import")(import_)
    app.command("export")(export)


def import_(  # noqa: PLR0913, PLR0917 -- as many as the command has
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH...", help="Files and folders.")
    ] = None,
    url: Url = None,
    key: Key = None,
    tag: Annotated[list[str] | None, typer.Option(help="A tag for each image; repeatable.")] = None,
    name: Annotated[
        NamedBy, typer.Option(help="Reference: the file's name, or its path in the folder.")
    ] = NamedBy.FILE,
    on_conflict: Annotated[
        OnConflict,
        typer.Option(help="Where a name occurs twice, or the library has other bytes under it."),
    ] = OnConflict.STOP,
    manifest: Annotated[
        Path | None, typer.Option(help="A .csv or .jsonl of files and URLs, in place of PATH.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compare, and send nothing.")] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Go on until every image is Ok, or told as failed.")
    ] = False,
    jobs: Jobs = 8,
) -> None:
    """Send files, those in folders too; what the library has already is not sent again.

    Run it again after an interruption: it goes on where it was.

    Ends with 0 if all went well, 1 if something failed or conflicts, 2 if it was called wrongly.
    """
    from deploy.transfer.imports import run_import  # noqa: PLC0415 -- only when needed
    from deploy.transfer.target import choose_target  # noqa: PLC0415

    if bool(paths) == bool(manifest):
        raise typer.BadParameter("name files and folders, or a --manifest", param_hint="PATH...")
    tally = Tally()
    order = Order(
        tuple(paths or ()), manifest, tuple(tag or ()), name, on_conflict, dry_run, wait, jobs
    )
    _run(
        lambda: run_import(choose_target(url, key), order, tally, Console(stderr=True)),
        tally,
        "import",
    )


def export(
    out: Annotated[Path, typer.Option(help="A folder: new, empty, or of the same export.")],
    filter_: Annotated[
        str | None, typer.Option("--filter", help="OData, as in \"tags/any(t: t eq 'shoes')\".")
    ] = None,
    url: Url = None,
    key: Key = None,
    jobs: Jobs = 8,
) -> None:
    """Write originals, and images.jsonl with everything that is known of them.

    Run it again after an interruption: it goes on where it was.

    Ends with 0 if all went well, 1 if something failed, 2 if it was called wrongly.
    """
    from deploy.transfer.exports import run_export  # noqa: PLC0415
    from deploy.transfer.target import choose_target  # noqa: PLC0415

    tally = Tally()
    _run(
        lambda: run_export(
            choose_target(url, key), filter_, out, jobs, tally, Console(stderr=True)
        ),
        tally,
        "export",
    )


def _run(work: Callable[[], Coroutine[Any, Any, None]], tally: Tally, title: str) -> None:
    import uvloop  # noqa: PLC0415

    from deploy.transfer.failure import TransferError  # noqa: PLC0415
    from fototeca_client import FototecaError, NoAnswerError, UnavailableError  # noqa: PLC0415

    code, sentence = 0, ""
    try:
        uvloop.run(work())
    except KeyboardInterrupt:
        code, sentence = INTERRUPTED, "interrupted; the same command goes on from here"
    except (NoAnswerError, UnavailableError) as error:
        code, sentence = 1, f"{error} The same command goes on from here."
    except (TransferError, FototecaError, OSError) as error:
        code, sentence = 1, sentence_of(error)
    tally.show(Console(), title)
    if sentence:
        print(f"fototeca: {sentence}", file=sys.stderr)
    raise typer.Exit(code or int(not tally.is_good))
