"""Settings for a command: the environment, else the stack that runs in the data folder."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn
from urllib.parse import urlsplit

import typer
from pydantic import ValidationError

from deploy.variables import mistakes, miswritten, unknown
from shared.domain.errors import (
    BackupError,
    DomainError,
    SchemaError,
    SealError,
    StorageUnavailableError,
    UnavailableError,
)
from shared.settings import Settings


def settings_or_fail() -> Settings:
    """Return the settings, or say which variable is wrong."""
    for name, value in _of_running_stack().items():
        os.environ.setdefault(name, value)
    try:
        return Settings()
    except ValidationError as error:
        for sentence in mistakes(error):
            print(f"fototeca: {sentence}", file=sys.stderr)
        raise typer.Exit(2) from error


def check_names() -> None:
    """Warn of variables that no setting has; end where one is written in small letters."""
    for sentence in unknown(os.environ).values():
        print(f"fototeca: {sentence}", file=sys.stderr)
    if sentences := miswritten(os.environ):
        for sentence in sentences:
            print(f"fototeca: {sentence}", file=sys.stderr)
        raise typer.Exit(2)


@contextmanager
def explained(settings: Settings) -> Iterator[None]:
    """End the command with a sentence where the database is away, or the caller is wrong."""
    try:
        yield
    except UnavailableError as error:
        _fail(f"{error.detail} {whereabouts(error, settings)}", error)
    except (BackupError, DomainError, SchemaError, SealError) as error:
        _fail(str(error), error)


def sentence_of(error: Exception) -> str:
    """Return what went wrong: of a file which one, and without the system's number of it."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def whereabouts(error: UnavailableError, settings: Settings) -> str:
    """Say where the database, or S3, was looked for, without its password, and what to do."""
    if isinstance(error, StorageUnavailableError):
        place = settings.s3_endpoint_url or "AWS"
        return f"It was looked for at {place}: start it there, or correct FOTOTECA_S3_ENDPOINT_URL."
    if "FOTOTECA_DATABASE_URL" not in os.environ:
        return "No stack is ready here: start it with `fototeca up`, or set FOTOTECA_DATABASE_URL."
    url = urlsplit(settings.database_url.get_secret_value())
    place = f"{url.hostname or 'localhost'}:{url.port or 5432}{url.path}"
    return f"It was looked for at {place}: start it there, or correct FOTOTECA_DATABASE_URL."


def _fail(sentence: str, cause: Exception) -> NoReturn:
    print(f"fototeca: {sentence}", file=sys.stderr)
    raise typer.Exit(1) from cause


def _of_running_stack() -> dict[str, str]:
    """Return what `fototeca up` tells; nothing where the database was named otherwise."""
    if "FOTOTECA_DATABASE_URL" in os.environ:
        return {}
    from deploy.embedded.place import data_folder  # noqa: PLC0415 -- absent from the image
    from deploy.embedded.stackfile import load_environment  # noqa: PLC0415

    return load_environment(data_folder())
