"""What a running stack tells other commands: its settings, in a file of the data folder."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from deploy.embedded.lock import holder
from deploy.embedded.private import read_json, write_private_json
from deploy.variables import unknown

FILE_NAME = "stack.json"


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack: the settings its processes got, and whether all of them serve yet."""

    environment: dict[str, str]
    ready: bool = False
    supervisor: int = field(default_factory=os.getpid)


def write_stack(data: Path, stack: Stack) -> None:
    """Tell the other commands."""
    write_private_json(data / FILE_NAME, asdict(stack))


def forget_stack(data: Path) -> None:
    """Tell the other commands that nothing runs."""
    (data / FILE_NAME).unlink(missing_ok=True)


def read_stack(data: Path) -> Stack | None:
    """Read what runs in this data folder; None if nothing of ours does."""
    try:
        told = read_json(data / FILE_NAME)
    except PermissionError:
        return None
    if not told or told["supervisor"] != holder(data):  # a crash left it there
        return None
    return Stack(**told)


def load_environment(data_dir: Path) -> dict[str, str]:
    """Give the running stack's settings as environment variables; none if nothing runs."""
    stack = read_stack(data_dir)
    return stack.environment if stack else {}


def users_environment() -> dict[str, str]:
    """Give this process' environment without what could lead the services elsewhere.

    Nor does it have what no setting is: that was said once.
    """
    ignored = unknown(os.environ)
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AWS_") and name not in ignored
    }
    without_proxy = ",".join(filter(None, [kept.get("NO_PROXY"), "127.0.0.1,localhost"]))
    return kept | {"NO_PROXY": without_proxy, "no_proxy": without_proxy}


def shell_lines(environment: Mapping[str, str]) -> list[str]:
    """Give lines for a shell to read, with what psql, redis-cli and aws look for added."""
    database = urlsplit(environment["FOTOTECA_DATABASE_URL"])
    redis = urlsplit(environment["FOTOTECA_REDIS_URL"])
    clients = {
        "PGHOST": database.hostname or "",
        "PGPORT": str(database.port),
        "PGUSER": unquote(database.username or ""),
        "PGPASSWORD": unquote(database.password or ""),
        "PGDATABASE": database.path.lstrip("/"),
        "REDISCLI_AUTH": unquote(redis.password or ""),
        "AWS_DEFAULT_REGION": environment["AWS_REGION"],
        "AWS_ENDPOINT_URL_S3": environment["FOTOTECA_S3_ENDPOINT_URL"],
    }
    settings = {**environment, **clients}
    return [f"export {name}={shlex.quote(value)}" for name, value in settings.items()]
