"""Settings for a command: the environment, else the stack that runs in the data folder."""

import os
import sys

import typer
from pydantic import ValidationError

from shared.settings import Settings


def settings_or_fail() -> Settings:
    """Return the settings, or say which variable is wrong."""
    for name, value in _of_running_stack().items():
        os.environ.setdefault(name, value)
    try:
        return Settings()
    except ValidationError as error:
        for item in error.errors():
            name = str(item["loc"][0]).upper().removeprefix("FOTOTECA_")
            variable = name if name.startswith("AWS_") else f"FOTOTECA_{name}"
            print(f"fototeca: {variable}: {item['msg']}", file=sys.stderr)
        raise typer.Exit(2) from error


def _of_running_stack() -> dict[str, str]:
    """Return what `fototeca up` tells; nothing where the database was named otherwise."""
    if "FOTOTECA_DATABASE_URL" in os.environ:
        return {}
    from deploy.embedded.place import data_folder  # noqa: PLC0415 -- absent from the image
    from deploy.embedded.stackfile import load_environment  # noqa: PLC0415

    return load_environment(data_folder())
