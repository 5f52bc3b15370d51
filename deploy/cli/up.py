"""`fototeca up`, `down` and `env`: the local stack from the command line."""

import sys
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError

from deploy.cli.environment import sentence_of
from deploy.embedded.failure import StackError
from deploy.variables import mistakes

ENDING_HERE = "Ctrl-C stops everything."
ENDING_ELSEWHERE = "`.venv/bin/fototeca down` stops everything."

Detach = Annotated[bool, typer.Option("--detach", help="Go on in the background once ready.")]
Bare = Annotated[bool, typer.Option("--bare", help="Without demo tenant, for a restore.")]
AsDetached = Annotated[bool, typer.Option("--as-detached", hidden=True)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(up)
    app.command()(down)
    app.command()(env)


def up(detach: Detach = False, bare: Bare = False, as_detached: AsDetached = False) -> None:
    """Run everything here: Postgres, Redis and S3 from wheels, api, worker, a demo tenant."""
    from deploy.embedded.detached import Detached  # noqa: PLC0415 -- not in the service's image
    from deploy.embedded.place import data_folder  # noqa: PLC0415
    from deploy.embedded.stack import LocalStack  # noqa: PLC0415

    data = data_folder()
    try:
        if detach:
            raise typer.Exit(Detached(data, _say, ("--bare",) * bare).start())
        ending = ENDING_ELSEWHERE if as_detached else ENDING_HERE
        if not LocalStack(data, _say, bare).run(ending):
            _show_running()
    except ValidationError as error:
        _fail("; ".join(mistakes(error)))
    except (StackError, OSError) as error:
        _fail(sentence_of(error))


def down() -> None:
    """Stop what `up` started from this data folder, and wait until it has ended."""
    from deploy.embedded.detached import stop_running  # noqa: PLC0415
    from deploy.embedded.place import data_folder  # noqa: PLC0415

    try:
        _say("stopped" if stop_running(data_folder()) else "nothing is running")
    except (StackError, OSError) as error:
        _fail(sentence_of(error))


def env() -> None:
    """Print the running stack's settings as lines for a shell: eval "$(fototeca env)"."""
    from deploy.embedded.place import data_folder  # noqa: PLC0415
    from deploy.embedded.stackfile import load_environment, shell_lines  # noqa: PLC0415

    environment = load_environment(data_folder())
    if not environment:
        _fail("nothing is running: start it with `fototeca up`")
    _say("\n".join(shell_lines(environment)))


def _show_running() -> None:
    """Print what the start of the running stack printed."""
    from deploy.embedded.detached import await_ready  # noqa: PLC0415
    from deploy.embedded.place import data_folder  # noqa: PLC0415
    from deploy.embedded.stack import describe  # noqa: PLC0415

    data = data_folder()
    stack = await_ready(data)
    if stack is None:
        _fail("another start of the same stack was under way and ended before it was ready")
    _say(describe(data, stack.environment, ENDING_ELSEWHERE))


def _say(text: str) -> None:
    print(text, flush=True)


def _fail(sentence: str) -> NoReturn:
    print(f"fototeca: {sentence}", file=sys.stderr, flush=True)
    raise typer.Exit(1)
