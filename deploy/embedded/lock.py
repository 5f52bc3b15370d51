"""Who runs the stack of a data folder: a lock on a file, which no crash can leave behind."""

import contextlib
import fcntl
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded.failure import StackError
from deploy.embedded.private import PRIVATE_FOLDER, open_private
from deploy.embedded.processes import started

FILE_NAME = "up.lock"
TIMEOUT_S = 1.0  # for those who hold it for an instant, only to look
INTERVAL_S = 0.02


@dataclass(slots=True)
class StackLock:
    """Held by the one supervisor of a data folder while it lives."""

    data: Path
    descriptor: int | None = field(default=None, init=False)

    def acquire(self) -> bool:
        """Take the lock; False if another process has it."""
        descriptor = _open(self.data)
        deadline = time.monotonic() + TIMEOUT_S
        while not _try(descriptor, fcntl.LOCK_EX):
            if time.monotonic() > deadline or holder(self.data) is not None:
                os.close(descriptor)
                return False
            time.sleep(INTERVAL_S)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n{started(os.getpid())}\n".encode(), 0)
        self.descriptor = descriptor
        return True

    def release(self) -> None:
        """Give it back."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None


def is_held(data: Path) -> bool:
    """Whether a supervisor runs the stack of this data folder."""
    if not (data / FILE_NAME).exists():
        return False
    descriptor = _open(data)
    try:
        return not _try(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def holder(data: Path) -> int | None:
    """Give the process id of the supervisor that holds the lock."""
    with contextlib.suppress(OSError, ValueError):
        pid, start = (data / FILE_NAME).read_text().splitlines()
        if is_held(data) and started(int(pid)) == start:
            return int(pid)
    return None


def _open(data: Path) -> int:
    try:
        data.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        return open_private(data / FILE_NAME, os.O_RDWR)
    except PermissionError:
        raise StackError(
            f"the data folder {data} belongs to another user: start as that user, or choose "
            "another folder with FOTOTECA_DATA_DIR"
        ) from None


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
