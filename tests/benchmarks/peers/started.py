"""Programs of the comparison, started on a free port and stopped at the end."""

import http.client
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.embedded.child import Child
from deploy.embedded.ports import LOOPBACK, next_free
from deploy.embedded.servers import log_folder
from tests.benchmarks.peers.contender import Unavailable
from tests.benchmarks.scratch import Scratch

FIRST_PORT = 18_180
START_S = 90.0
STOP_S = 5.0
LOOK_S = 0.1


@contextmanager
def started(
    scratch: Scratch,
    name: str,
    command: Sequence[str | Path],
    folder: Path,
    environment: Mapping[str, str],
) -> Iterator[str]:
    """Start a program that listens on $PORT, wait until it answers, and give its origin."""
    port = next_free(FIRST_PORT)
    told = {**os.environ, **environment, "PORT": str(port), "NODE_ENV": "production"}
    arguments = [str(part).replace("$PORT", str(port)) for part in command]
    child = Child(name, arguments, told, folder, log_folder(scratch.place.data) / f"{name}.log")
    child.start()
    try:
        deadline = time.monotonic() + START_S
        while not _answers(port):
            if child.wait(LOOK_S) or time.monotonic() > deadline:
                raise Unavailable(f"{name} {child.ending()}: {child.last_words(300)}")
        yield f"http://{LOOPBACK}:{port}"
    finally:
        child.stop(STOP_S)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=START_S)
    try:
        connection.request("GET", "/images?limit=1")
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except OSError:
        return False
    finally:
        connection.close()
