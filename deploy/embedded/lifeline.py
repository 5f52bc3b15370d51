"""Children that end when the supervisor is killed: the one place that asks the kernel for it.

Linux sends the signal by itself (prctl PR_SET_PDEATHSIG). Elsewhere the next start finds and ends
what a killed supervisor left behind (deploy.embedded.orphans).
"""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def end_with_parent(orphan_signal: signal.Signals) -> Callable[[], None] | None:
    """Make the function a forked child calls before exec; None where the system cannot do it.

    The kernel takes the end of the thread that forked for the parent's, so only children of the
    main thread are tied to it.
    """
    if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()
    number = int(orphan_signal)

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # it died before the kernel was told
            os._exit(1)

    return ask
