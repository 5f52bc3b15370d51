"""Keeps processes running: starts again what dies, waits for what is to come, ends it all.

One thread does everything in short rounds, because the kernel ties children to the thread that
started them.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from deploy.embedded.child import Child
from deploy.embedded.failure import StackError
from deploy.embedded.logs import Log

ROUND_S = 0.1
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 15.0
STEADY_S = 10.0  # a process that ran this long has recovered
SERVICES_STOP_S = 5.0
SERVERS_STOP_S = 4.0


class Stopped(Exception):  # noqa: N818 -- an order, not an error
    """The user wants everything to end."""


@dataclass(slots=True)
class Supervised:
    """A child that is to run for good, and how it is started."""

    child: Child
    launch: Callable[[], None]
    log: Log
    shown: bool
    pause_s: float = FIRST_PAUSE_S
    launched_at: float = 0.0
    due_at: float | None = None

    def start(self) -> None:
        """Start it now; it is tried again later where that fails."""
        self.due_at, self.launched_at = None, time.monotonic()
        self.launch()

    def schedule(self) -> float:
        """Plan the next start; the pauses double until it runs steadily."""
        if time.monotonic() - self.launched_at > STEADY_S:
            self.pause_s = FIRST_PAUSE_S
        pause_s, self.pause_s = self.pause_s, min(2 * self.pause_s, LONGEST_PAUSE_S)
        self.due_at = time.monotonic() + pause_s
        return pause_s


@dataclass(slots=True)
class Supervisor:
    """`say` gets lines for people; `changed` is called whenever a process was started."""

    say: Callable[[str], None]
    changed: Callable[[Sequence[Child]], None]
    stopping: threading.Event = field(default_factory=threading.Event)
    servers: list[Supervised] = field(default_factory=list)
    services: list[Supervised] = field(default_factory=list)
    own_log: Log | None = None

    def add_server(self, child: Child, launch: Callable[[], None]) -> None:
        """Start what others need; it ends last."""
        self._add(self.servers, Supervised(child, launch, Log(child.name, child.log), shown=False))

    def add_service(self, child: Child) -> None:
        """Start what needs the servers; it ends first."""
        log = Log(child.name, child.log)
        self._add(self.services, Supervised(child, child.start, log, shown=True))

    def run(self) -> None:
        """Supervise until the user wants the end."""
        self.wait_for(lambda: False, timeout_s=float("inf"))

    def wait_for(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Supervise until `condition` holds; False if it did not in time; raises `Stopped`."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            if self.stopping.wait(ROUND_S):
                raise Stopped
            if time.monotonic() > deadline:
                return False
            self._look_after_all()
        return True

    def stop(self) -> None:
        """End the services, then the servers, within ten seconds."""
        for group, timeout_s in ((self.services, SERVICES_STOP_S), (self.servers, SERVERS_STOP_S)):
            deadline = time.monotonic() + timeout_s
            for unit in group:
                unit.child.signal_stop()
            for unit in group:
                unit.child.stop(max(0.0, deadline - time.monotonic()))
            group.clear()

    @contextmanager
    def heeding_signals(self) -> Iterator[None]:
        """Take Ctrl-C, SIGTERM and a closed terminal as the wish to end."""

        def heed(_number: int, _frame: FrameType | None) -> None:
            self.stopping.set()

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, heed) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _add(self, group: list[Supervised], unit: Supervised) -> None:
        group.append(unit)
        unit.start()
        self._tell_changed()

    def _look_after_all(self) -> None:
        for unit in (*self.servers, *self.services):
            self._look_after(unit)
            for line in unit.log.news() if unit.shown else ():
                self.say(line)
            unit.log.bound()
        if self.own_log is not None:
            self.own_log.bound()

    def _look_after(self, unit: Supervised) -> None:
        """Start a dead child again once its pause is over."""
        if unit.child.running():
            return
        if unit.due_at is None:
            pause_s = unit.schedule()
            self.say(f"{unit.child.name} {unit.child.ending()}; starts again in {pause_s:g} s")
        elif time.monotonic() >= unit.due_at:
            try:
                unit.start()
            except (OSError, StackError) as error:
                self.say(f"{unit.child.name} does not start: {error}")
            self._tell_changed()

    def _tell_changed(self) -> None:
        self.changed([unit.child for unit in (*self.servers, *self.services)])
