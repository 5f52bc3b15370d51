"""The `fototeca` command from its first moment on, which is before its modules are loaded."""

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line; Ctrl-C ends it without a traceback, also while it is being loaded."""
    try:
        from deploy.cli.commands import app  # noqa: PLC0415 -- takes the better part of a second

        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
