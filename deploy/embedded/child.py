"""One child process: started in a session of its own, logged to a file, stopped or killed."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded.account import Account
from deploy.embedded.lifeline import end_with_parent
from deploy.embedded.private import open_private


@dataclass(slots=True)
class Child:
    """A program and, between `start` and its end, its process.

    Its output goes straight to a file, so that nobody has to read it for the child to go on.
    `orphan_signal` is what it gets when the process that started it is killed.
    """

    name: str
    command: Sequence[str | Path]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL
    account: Account = field(default_factory=Account)
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start the program, which must not be running."""
        descriptor = open_private(self.log, os.O_WRONLY | os.O_APPEND)
        try:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=subprocess.STDOUT,
                env=dict(self.environment),
                cwd=self.folder,
                start_new_session=True,
                user=self.account.uid,
                group=self.account.gid,
                extra_groups=self.account.groups,
                preexec_fn=end_with_parent(self.orphan_signal),  # noqa: PLW1509 -- calls prctl only
            )
        finally:
            os.close(descriptor)

    @property
    def pid(self) -> int | None:
        """The process' id while it runs."""
        return self.process.pid if self.process is not None and self.running() else None

    def running(self) -> bool:
        """Whether there is a process that has not ended."""
        return self.process is not None and self.process.poll() is None

    def signal_stop(self) -> None:
        """Ask it to end."""
        if self.process is not None and self.running():
            self.process.send_signal(self.stop_signal)

    def wait(self, timeout_s: float) -> bool:
        """Wait for its end; False if it did not come in time."""
        if self.process is None:
            return True
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self, timeout_s: float) -> None:
        """Ask it to end, and after `timeout_s` make it."""
        self.signal_stop()
        if not self.wait(timeout_s):
            self.kill()

    def kill(self) -> None:
        """End it at once (SIGKILL) and wait until it is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def ending(self) -> str:
        """Say how it ended."""
        code = self.process.poll() if self.process is not None else None
        if code is None:
            return "is not running"
        return f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"

    def last_words(self, max_bytes: int = 2000) -> str:
        """Give the end of its log, for an error message."""
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - max_bytes))
            return file.read().decode(errors="replace").strip()
