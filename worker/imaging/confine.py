"""What a decoder process takes from itself before it touches a picture.

It gets a session of its own, cannot outlive its parent, has bounded memory, output, files and
processor time, and loses root's rights if it had them.
"""

import ctypes
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from worker.imaging.report import EXIT_OUT_OF_MEMORY

UNPRIVILEGED_ID = 65_532
"""Of nobody else: what runs as `nobody`, servers among it, is out of a decoder's reach."""

OPEN_FILES = 32
WATCH_INTERVAL_S = 0.2
PR_SET_PDEATHSIG = 1
MAXRSS_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024


def leave_the_terminal() -> None:
    """Let Ctrl-C be the parent's affair."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(PermissionError):  # already the leader of a group
        os.setsid()


def fall_silent() -> None:
    """Print nothing more: what libraries print of a file is neither short nor of our form."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stderr.fileno())
    os.close(nowhere)


def die_with(parent_pid: int) -> None:
    """End when the parent does, at once on Linux. A change of user undoes it: call it after."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        _watch(lambda: os.getppid() == parent_pid, exit_code=1)
    if os.getppid() != parent_pid:  # it died before it was asked for
        os._exit(1)


def drop_root() -> None:
    """Become an unprivileged user where that is possible; it is not in some containers."""
    if os.geteuid() != 0:
        return
    with suppress(PermissionError):
        os.setgroups([])
        os.setgid(UNPRIVILEGED_ID)
        os.setuid(UNPRIVILEGED_ID)


def bound(memory_bytes: int, output_bytes: int) -> None:
    """Set the limits that hold for the life of the process."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (output_bytes, output_bytes))
    if sys.platform == "darwin":  # where RLIMIT_AS is not enforced
        _watch(lambda: peak_memory_bytes() <= memory_bytes, EXIT_OUT_OF_MEMORY)
    else:
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def bound_processor_time(seconds: int) -> None:
    """Allow this many more seconds of processor time; past them the process is killed (SIGXCPU)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, hard))


def peak_memory_bytes() -> int:
    """Return the largest resident size that the process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_UNIT_BYTES


def _watch(holds: Callable[[], bool], exit_code: int) -> None:
    def watch() -> None:
        while holds():
            time.sleep(WATCH_INTERVAL_S)
        os._exit(exit_code)

    threading.Thread(target=watch, daemon=True).start()
