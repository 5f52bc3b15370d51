"""All subcommands of `fototeca`: each group of them stands in a module of its own."""

from importlib import metadata
from typing import Annotated

import typer

from deploy.cli import (
    access,
    backup,
    credentials,
    fsck,
    reprocess,
    services,
    thumbnails,
    transfer,
    up,
)
from deploy.cli.environment import check_names

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

for group in (up, services, access, credentials, thumbnails, transfer, reprocess, fsck, backup):
    group.register(app)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"fototeca {metadata.version('fototeca')}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option(
        "--version", callback=_show_version, is_eager=True, help="Print the version and end."
    ),
]


@app.callback()
def fototeca(version: Version = False) -> None:  # noqa: ARG001 -- heeded before
    """Fototeca, a self-hosted, multi-tenant image library."""
    check_names()
