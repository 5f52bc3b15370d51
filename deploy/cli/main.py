"""The `fototeca` command: each group of subcommands stands in a module of its own."""

import typer

from deploy.cli import access, services, thumbnails, up

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

for group in (up, services, access, thumbnails):
    group.register(app)


def main() -> None:
    """Run the command line."""
    app()
