"""The three embedded servers together: made from one data folder, started, stopped, killed."""

import contextlib
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from deploy.embedded.child import Child
from deploy.embedded.credentials import keep_credentials, keep_ports
from deploy.embedded.failure import StackError
from deploy.embedded.place import Place, choose_place
from deploy.embedded.postgres import Postgres
from deploy.embedded.private import PRIVATE_FOLDER
from deploy.embedded.s3 import BUCKET, S3
from deploy.embedded.valkey import Valkey

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 4.0
PROBE_INTERVAL_S = 0.05


class Server(Protocol):
    """What each of the three says about itself; `RunningServer` does the rest."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def stop_signal(self) -> signal.Signals: ...  # noqa: D102
    @property
    def place(self) -> Place: ...  # noqa: D102
    @property
    def folder(self) -> Path: ...  # noqa: D102

    def prepare(self) -> None:
        """Put the folder in order before a start: a first one, or one after a kill."""

    def command(self) -> list[str | Path]:
        """Give the command line, to be run in `folder`."""

    def environment(self) -> dict[str, str]:
        """Give the whole environment."""

    def is_ready(self) -> bool:
        """Ask over a real connection whether it serves."""


@dataclass(slots=True)
class RunningServer:
    """A server and its process."""

    server: Server
    child: Child = field(init=False)

    def __post_init__(self) -> None:
        server = self.server
        self.child = Child(
            name=server.name,
            command=server.command(),
            environment=server.environment(),
            folder=server.folder,
            log=log_folder(server.place.data) / f"{server.name}.log",
            stop_signal=server.stop_signal,
            orphan_signal=server.stop_signal,
            account=server.place.account,
        )

    def launch(self) -> None:
        """Start the process without waiting until it serves."""
        self.server.prepare()
        self.child.start()

    def start(self) -> None:
        """Start the process and wait until it serves."""
        self.launch()
        self.wait_until_ready()

    def wait_until_ready(self, timeout_s: float = START_TIMEOUT_S) -> None:
        """Wait until it serves; start it again where it ended, as after a kill it may at first."""
        deadline = time.monotonic() + timeout_s
        while not self.server.is_ready():
            if time.monotonic() > deadline:
                raise StackError(f"{self.server.name} did not start: {self.child.last_words()}")
            if self.child.wait(PROBE_INTERVAL_S):
                self.launch()

    def kill(self) -> None:
        """End the process as a crash would (SIGKILL)."""
        self.child.kill()

    def stop(self) -> None:
        """End the process in good order."""
        self.child.stop(STOP_TIMEOUT_S)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """How to reach the three servers, and the servers themselves, to kill and start again."""

    database_url: str
    redis_url: str
    s3_endpoint_url: str
    s3_access_key_id: str
    s3_secret_access_key: str
    s3_bucket: str
    postgres: RunningServer
    valkey: RunningServer
    s3: RunningServer

    @property
    def all(self) -> tuple[RunningServer, ...]:
        """The servers."""
        return (self.postgres, self.valkey, self.s3)


def log_folder(data: Path) -> Path:
    """Give the folder of every process' log, made if need be."""
    folder = data / "logs"
    folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    return folder


def make_endpoints(
    place: Place, *, durable: bool = True, allow_origin: str | None = None
) -> Endpoints:
    """Describe the three servers of a place, none of them started."""
    secrets, ports = keep_credentials(place.data), keep_ports(place.data)
    postgres = Postgres(place, ports["postgres"], secrets.postgres_password, durable)
    valkey = Valkey(place, ports["valkey"], secrets.valkey_password)
    s3 = S3(
        place, ports["s3"], secrets.s3_access_key_id, secrets.s3_secret_access_key, allow_origin
    )
    return Endpoints(
        database_url=postgres.url,
        redis_url=valkey.url,
        s3_endpoint_url=s3.url,
        s3_access_key_id=secrets.s3_access_key_id,
        s3_secret_access_key=secrets.s3_secret_access_key,
        s3_bucket=BUCKET,
        postgres=RunningServer(postgres),
        valkey=RunningServer(valkey),
        s3=RunningServer(s3),
    )


def start_all(endpoints: Endpoints) -> None:
    """Start the three at the same time and wait until each serves."""
    for server in endpoints.all:
        server.launch()
    for server in endpoints.all:
        server.wait_until_ready()


def stop_all(endpoints: Endpoints) -> None:
    """Ask the three to end at the same time, and make those that do not."""
    for server in endpoints.all:
        server.child.signal_stop()
    for server in endpoints.all:
        server.stop()


@contextlib.contextmanager
def running_servers(data_dir: Path, *, allow_origin: str | None = None) -> Iterator[Endpoints]:
    """Run the three in a fresh data folder, for tests: what they hold is gone afterwards.

    `data_dir` is made where it does not exist. As root the servers run as an unprivileged user,
    and where that user cannot reach `data_dir` they keep their data elsewhere.
    """
    place = choose_place(data_dir.absolute())
    endpoints = make_endpoints(place, durable=False, allow_origin=allow_origin)
    try:
        start_all(endpoints)
        yield endpoints
    finally:
        stop_all(endpoints)
        shutil.rmtree(place.servers)
