"""`fototeca reprocess`: thumbnails of many images made anew, in the service's own time."""

import asyncio
import sys
from typing import Annotated

import typer
from rich.console import Console

from deploy.cli.environment import sentence_of
from deploy.cli.transfer import INTERRUPTED, Key, Url


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(reprocess)


def reprocess(
    filter_: Annotated[
        str,
        typer.Option("--filter", help="OData, as in \"fileType eq 'heic'\".", show_default=False),
    ],
    url: Url = None,
    key: Key = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and begin nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Make the thumbnails of all images anew that a filter selects; uploads go first.

    Ctrl-C leaves it going on in the service.

    Ends with 0 if all went well, 1 if something failed, 2 if it was called wrongly.
    """
    from deploy.transfer.failure import TransferError  # noqa: PLC0415 -- only when needed
    from deploy.transfer.reprocessing import (  # noqa: PLC0415
        count_selected,
        reprocess_selected,
    )
    from deploy.transfer.target import choose_target  # noqa: PLC0415
    from fototeca_client import FototecaError  # noqa: PLC0415

    try:
        target = choose_target(url, key)
        count = asyncio.run(count_selected(target, filter_))
        print(f"{count:,} images are selected.")
        if dry_run or not count:
            return
        if not yes and not typer.confirm("Make their thumbnails anew?"):
            raise typer.Exit(1)
        console = Console(stderr=True, soft_wrap=True)
        went_well = asyncio.run(reprocess_selected(target, filter_, count, console))
        code = int(not went_well)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except (TransferError, FototecaError, OSError) as error:
        print(f"fototeca: {sentence_of(error)}", file=sys.stderr)
        code = 1
    raise typer.Exit(code)
