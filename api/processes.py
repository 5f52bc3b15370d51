"""The API in several processes: a parent that only looks after them.

Each child listens on a socket of its own at the same address, over which the kernel spreads
connections. The parent holds the sockets too: who waits at that of a child that died is served by
the next one; a child that hangs is killed. When the parent dies, whatever way, so do the children.
"""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TypeAlias

import structlog
import uvloop

from api.shared_folder import SHARED_FOLDER
from shared.db.migrate import check_schema
from shared.logging import configure_logging, flush_log
from shared.scratch import Scratch
from shared.sealing import derived_key
from shared.settings import Settings
from shared.watchdog import LOOK_S, Heartbeat

log = structlog.get_logger(__name__)

MOST_BY_DEFAULT = 4
STOP_S = 4.0
"""A child that has not ended by then is killed: a little before the supervisor would kill us."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
"""Before a child that died is started again; twice as long each time, until one lives."""
LIVES_S = 10.0

Address: TypeAlias = tuple[int, tuple[str | bytes | int, ...]]
"""Family, and what `bind` takes."""


def main(settings: Settings) -> None:
    """Run the API, in as many processes as it is to have, until SIGINT or SIGTERM."""
    configure_logging(settings, service="api")
    # What would keep every process from serving is said once, and ends us.
    asyncio.run(check_schema(settings.database_url.get_secret_value()))
    addresses = _addresses(settings.host, settings.port)
    processes = _how_many(settings)
    if processes == 1:
        _serve(settings, [_bind(*each, is_shared=False) for each in addresses], Heartbeat())
        return
    with ExitStack() as claims:
        for each in addresses:
            claims.enter_context(_claim(*each))
        derived_key(settings.sealing_key, "urls")
        sockets = [[_bind(*each, is_shared=True) for each in addresses] for _ in range(processes)]
        Parent(settings, sockets).run()


def _serve(settings: Settings, sockets: Sequence[socket.socket], heartbeat: Heartbeat) -> None:
    """Serve in this process."""
    from api.server import serve  # noqa: PLC0415 the parent of others has no need of it

    configure_logging(settings, service="api")
    with suppress(KeyboardInterrupt):
        uvloop.run(serve(settings, sockets, heartbeat))


def _serve_as_child(
    settings: Settings, sockets: Sequence[socket.socket], heartbeat: Heartbeat
) -> None:
    """Serve, then exit without finalizing the interpreter, which was measured to take a second."""
    _serve(settings, sockets, heartbeat)
    flush_log()
    sys.stdout.flush()
    os._exit(0)


def _how_many(settings: Settings) -> int:
    """Return how many processes serve: as told, else one for each processor, within reason."""
    if settings.api_processes is not None:
        return settings.api_processes
    if settings.port == 0 or not sys.platform.startswith("linux"):
        return 1  # each would get a port of its own; elsewhere connections are not spread
    return min(len(os.sched_getaffinity(0)), MOST_BY_DEFAULT)


def _addresses(host: str, port: int) -> list[Address]:
    """Return where to listen. Raises OSError if that is nowhere."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


@contextmanager
def _claim(family: int, address: tuple[str | bytes | int, ...]) -> Iterator[None]:
    """Hold an address for our children alone. Raises OSError if somebody else has it.

    Sockets that may share an address share it with any other program of this user that is willing.
    Who listens there already is noticed by trying; of two that start at the same moment only one
    gets the name, which ends with its process.
    """
    with socket.socket(socket.AF_UNIX) as name:
        name.bind(f"\0fototeca:{family}:{address}")
        _bind(family, address, is_shared=False).close()
        yield


def _bind(family: int, address: tuple[str | bytes | int, ...], *, is_shared: bool) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_shared:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound


@dataclass(slots=True)
class _Place:
    """The place of one child, which another takes when it dies."""

    sockets: Sequence[socket.socket]
    child: BaseProcess | None = None
    heartbeat: Heartbeat = field(default_factory=Heartbeat)
    began: float = 0.0
    pause_s: float = FIRST_PAUSE_S
    due: float = 0.0


class Parent:
    """Starts a child for each list of sockets, and again when one dies, until it is told to end."""

    def __init__(self, settings: Settings, sockets: Sequence[Sequence[socket.socket]]) -> None:
        self._settings = settings
        self._folder = Path()
        self._places = [_Place(each) for each in sockets]
        self._is_ending = False

    def run(self) -> None:
        """Return after SIGINT or SIGTERM, when all children have ended."""
        with _shared_folder() as folder, _woken() as wake:
            self._folder = folder
            for signum in (signal.SIGINT, signal.SIGTERM):
                signal.signal(signum, self._end)
            while not self._is_ending:
                pause_s = min(map(self._tend, self._places))
                wait([*self._sentinels(), wake], pause_s)
            self._stop()

    def _end(self, *_: object) -> None:
        self._is_ending = True

    def _sentinels(self) -> list[int]:
        return [place.child.sentinel for place in self._places if place.child is not None]

    def _tend(self, place: _Place) -> float:
        """Restart a place's child if needed; return the seconds until the next look at it."""
        now = time.monotonic()
        if place.child is not None and place.heartbeat.is_stuck():
            log.error("process_stuck", pid=place.child.pid)
            place.child.kill()
            place.child.join()
        if place.child is not None and place.child.exitcode is not None:
            log.error("process_ended", pid=place.child.pid, exit_code=place.child.exitcode)
            lived = now - place.began > LIVES_S
            place.pause_s = FIRST_PAUSE_S if lived else min(2 * place.pause_s, LONGEST_PAUSE_S)
            place.child, place.due = None, now + place.pause_s
        if place.child is None:
            if now < place.due:
                return place.due - now
            self._folder.mkdir(parents=True, exist_ok=True)
            os.environ[SHARED_FOLDER] = str(self._folder)
            place.heartbeat = Heartbeat()
            place.child = get_context("spawn").Process(
                target=_serve_as_child,
                args=(self._settings, place.sockets, place.heartbeat),
                daemon=True,
            )
            place.child.start()
            place.began = now
        return LOOK_S

    def _stop(self) -> None:
        """End the children; those that do not end are killed."""
        for place in self._places:
            for each in place.sockets:
                each.close()
        children = [place.child for place in self._places if place.child is not None]
        for child in children:
            child.terminate()
        deadline = time.monotonic() + STOP_S
        for child in children:
            child.join(max(0.0, deadline - time.monotonic()))
            if child.exitcode is None:
                log.warning("process_killed", pid=child.pid)
                child.kill()
                child.join()


@contextmanager
def _shared_folder() -> Iterator[Path]:
    """Lend a folder for the children's metrics, in memory: uploads cannot fill it up."""
    memory = Path("/dev/shm")  # noqa: S108 the folder within is made for us alone
    scratch = Scratch(memory if os.access(memory, os.W_OK) else None, "fototeca-api-")
    try:
        yield scratch.make()
    finally:
        scratch.close()


@contextmanager
def _woken() -> Iterator[socket.socket]:
    """Lend a socket that becomes readable when a signal arrives."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    before = signal.set_wakeup_fd(theirs.fileno())
    try:
        yield ours
    finally:
        signal.set_wakeup_fd(before)
        ours.close()
        theirs.close()
