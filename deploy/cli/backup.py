"""`fototeca backup` and `fototeca restore`: database and objects to a folder, and back."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.environment import explained, sentence_of, settings_or_fail
from deploy.cli.watching import printable, progress_bar
from shared.settings import Settings
from shared.usecases.upkeep.backup import Copied

PRIVATE = 0o077
INCOMPLETE = 1
SHOWN = 20

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the backup.")]
Work = Callable[[Settings, Path, Callable[[int, int], None]], Awaitable[Copied]]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(backup)
    app.command()(restore)


def backup(folder: Folder) -> None:
    """Copy database and objects to DIR while everything goes on; what is there is not copied anew.

    Ends with 0 if all was copied, 1 if not.
    """
    from deploy.backup import make_backup  # noqa: PLC0415 -- only when there is work

    copied = _run(make_backup, folder, "copying")
    print(f"{copied.objects} objects, {copied.bytes} bytes; {copied.copied} of them copied now")
    _end(copied, "run `fototeca fsck`")


def restore(folder: Folder) -> None:
    """Fill an empty database and an empty bucket from DIR; then start api and worker.

    Ends with 0 if all was restored, 1 if not.
    """
    from deploy.backup import restore_backup  # noqa: PLC0415

    copied = _run(restore_backup, folder, "restoring")
    print(f"{copied.objects} objects, {copied.bytes} bytes; {copied.copied} of them restored now")
    _end(copied, "the backup does not have them as they were")


def _run(work: Work, folder: Path, title: str) -> Copied:
    os.umask(PRIVATE)
    settings = settings_or_fail()
    try:
        with explained(settings), progress_bar("objects") as progress:
            task = progress.add_task(title, total=None)

            def show(total: int, done: int) -> None:
                progress.update(task, total=total, completed=done)

            return asyncio.run(_awaited(work(settings, folder.absolute(), show)))
    except OSError as error:
        print(f"fototeca: {sentence_of(error)}", file=sys.stderr)
        raise typer.Exit(INCOMPLETE) from error


async def _awaited(work: Awaitable[Copied]) -> Copied:
    return await work


def _end(copied: Copied, advice: str) -> None:
    """Name the objects that could not be had as they were."""
    lacking = [("missing", key) for key in copied.missing]
    lacking += [("changed", key) for key in copied.changed]
    lacking += [("unreadable", key) for key in copied.unreadable]
    for word, key in lacking[:SHOWN]:
        print(f"{word}  {printable(key)}", file=sys.stderr)
    if lacking:
        how = "missing, changed or unreadable" if copied.unreadable else "missing or changed"
        print(f"fototeca: {len(lacking)} objects are {how}: {advice}", file=sys.stderr)
        raise typer.Exit(INCOMPLETE)
