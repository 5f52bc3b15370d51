"""Whether a process' event loop turns: the only place that tells a stuck one from a busy one."""

import asyncio
import faulthandler
import os
import threading
import time
from multiprocessing import get_context

BEAT_S = 1.0
LOOK_S = 5.0
"""Whoever watches looks at least so often."""

STUCK_S = 30.0
"""Longer than any loop of ours was ever seen to be busy, on machines that were overloaded."""

STUCK_EXIT_CODE = 70


class Pulse:
    """Beats in one process; another, or another thread of the same, can see whether it does."""

    def __init__(self) -> None:
        self._beats = get_context("spawn").RawValue("Q", 0)
        self._seen = 0
        self._looked_at = time.monotonic()
        self._silent_s = 0.0

    def beat(self) -> None:
        """Beat from now on, for as long as the running event loop turns."""
        self._beats.value += 1
        asyncio.get_running_loop().call_later(BEAT_S, self.beat)

    def is_stuck(self) -> bool:
        """Whether beats came and then none for long, as far as this watcher could see.

        A process that still starts may take its time. A jump of our own clock, as of a machine
        that was suspended, is nobody's silence.
        """
        now, beats = time.monotonic(), self._beats.value
        is_silent = 0 < beats == self._seen
        passed_s = min(now - self._looked_at, LOOK_S)
        self._silent_s = self._silent_s + passed_s if is_silent else 0.0
        self._looked_at, self._seen = now, beats
        return self._silent_s > STUCK_S


def end_when_stuck(pulse: Pulse) -> None:
    """Beat, and end this process if it gets stuck: whoever started it starts it again.

    What each thread was at is written to standard error.
    """
    pulse.beat()
    threading.Thread(target=_watch, args=(pulse,), name="pulse", daemon=True).start()


def _watch(pulse: Pulse) -> None:
    while not pulse.is_stuck():
        time.sleep(BEAT_S)
    faulthandler.dump_traceback()
    os._exit(STUCK_EXIT_CODE)
