"""A stack in the background: started, waited for, and stopped from another process."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded.failure import StackError
from deploy.embedded.lock import holder, is_held
from deploy.embedded.private import PRIVATE_FOLDER, open_private
from deploy.embedded.services import fototeca
from deploy.embedded.stack import OWN_LOG
from deploy.embedded.stackfile import Stack, read_stack
from deploy.variables import unknown

INTERVAL_S = 0.1
STOP_TIMEOUT_S = 20.0
READY_TIMEOUT_S = 600.0


@dataclass(slots=True)
class Detached:
    """`fototeca up` in a session of its own, its lines in `up.log` and repeated through `say`."""

    data: Path
    say: Callable[[str], None]
    options: tuple[str, ...] = ()
    shown: int = field(default=0, init=False)

    def start(self) -> int:
        """Start it and return once it is ready, or with its exit code where it ended."""
        self.data.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        process = self._spawn()
        try:
            while process.poll() is None and not self._is_ready(process.pid):
                self._repeat()
                time.sleep(INTERVAL_S)
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
        self._repeat()
        return process.poll() or 0

    def _spawn(self) -> subprocess.Popen[bytes]:
        descriptor = open_private(self._log, os.O_WRONLY | os.O_APPEND)
        self.shown = self._log.stat().st_size
        ignored = unknown(os.environ)  # of which the caller was told
        try:
            return subprocess.Popen(
                fototeca("up", "--as-detached", *self.options),
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={name: told for name, told in os.environ.items() if name not in ignored},
            )
        finally:
            os.close(descriptor)

    @property
    def _log(self) -> Path:
        return self.data / OWN_LOG

    def _is_ready(self, pid: int) -> bool:
        stack = read_stack(self.data)
        return stack is not None and stack.ready and stack.supervisor == pid

    def _repeat(self) -> None:
        with self._log.open("rb") as file:
            file.seek(self.shown)
            whole, newline, _ = file.read().rpartition(b"\n")
        self.shown += len(whole) + len(newline)
        if whole:
            self.say(whole.decode(errors="replace"))


def await_ready(data: Path) -> Stack | None:
    """Wait until the stack that another process is starting is ready; None if that ended."""
    deadline = time.monotonic() + READY_TIMEOUT_S
    while is_held(data) and time.monotonic() < deadline:
        stack = read_stack(data)
        if stack is not None and stack.ready:
            return stack
        time.sleep(INTERVAL_S)
    return None


def stop_running(data: Path) -> bool:
    """Stop the stack of a data folder and wait for its end; False if none runs.

    Raises StackError where it is another user's.
    """
    pid = holder(data) if is_held(data) else None
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while is_held(data):
        if time.monotonic() > deadline:
            raise StackError(f"process {pid} does not stop: `kill -9 {pid}` ends it")
        time.sleep(INTERVAL_S)
    return True
