"""What ends a process that is of no more use: its event loop is stuck, or its parent has gone.

This is the only place that tells a stuck event loop from a busy one.
"""

import asyncio
import faulthandler
import os
import threading
import time
from multiprocessing import get_context, parent_process

BEAT_S = 1.0
LOOK_S = 5.0
"""How often a watcher looks, at least."""

STUCK_S = 30.0
"""Longer than our event loops were ever seen to be busy, even on overloaded machines."""

STUCK_EXIT_CODE = 70
"""EX_SOFTWARE of sysexits.h."""


class Heartbeat:
    """A counter that a running event loop increments, in memory that other processes can read."""

    def __init__(self) -> None:
        self._beats = get_context("spawn").RawValue("Q", 0)
        self._seen = 0
        self._looked_at = time.monotonic()
        self._silent_s = 0.0

    def beat(self) -> None:
        """Increment now and every `BEAT_S`, for as long as the running event loop turns."""
        self._beats.value += 1
        asyncio.get_running_loop().call_later(BEAT_S, self.beat)

    def is_stuck(self) -> bool:
        """Whether beats came, and then none for `STUCK_S` that this watcher has seen pass.

        A process that has not beaten yet is starting, and may take its time. A jump of the clock,
        as after a machine was suspended, counts as at most `LOOK_S`.
        """
        now, beats = time.monotonic(), self._beats.value
        is_silent = 0 < beats == self._seen
        passed_s = min(now - self._looked_at, LOOK_S)
        self._silent_s = self._silent_s + passed_s if is_silent else 0.0
        self._looked_at, self._seen = now, beats
        return self._silent_s > STUCK_S


def end_when_stuck(heartbeat: Heartbeat) -> None:
    """Start the heartbeat, and a thread that exits with `STUCK_EXIT_CODE` if it stops.

    The stack of each thread goes to standard error first. Whoever started the process restarts it.
    """
    heartbeat.beat()
    threading.Thread(target=_watch, args=(heartbeat,), name="watchdog", daemon=True).start()


def end_with_parent() -> None:
    """End this process at once when its parent (of `multiprocessing`) has gone.

    Nobody would end it otherwise.
    """
    parent = parent_process()
    if parent is not None:
        asyncio.get_running_loop().add_reader(parent.sentinel, os._exit, 1)


def _watch(heartbeat: Heartbeat) -> None:
    while not heartbeat.is_stuck():
        time.sleep(BEAT_S)
    faulthandler.dump_traceback()
    os._exit(STUCK_EXIT_CODE)
