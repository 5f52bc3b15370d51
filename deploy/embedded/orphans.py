"""Processes that a killed supervisor left behind: recorded while it runs, ended at the next start.

On Linux they end by themselves a moment later (deploy.embedded.lifeline); a start waits for that.
"""

import os
import signal
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.embedded.child import Child
from deploy.embedded.failure import StackError
from deploy.embedded.private import read_json, write_private_json
from deploy.embedded.processes import started

FILE_NAME = "processes.json"
TIMEOUT_S = 5.0
INTERVAL_S = 0.05


@dataclass(frozen=True, slots=True)
class Orphan:
    """A process of an earlier supervisor: its id alone could by now be another's."""

    pid: int
    start: str

    def lives(self) -> bool:
        """Whether the process that was recorded has not ended."""
        return bool(self.start) and started(self.pid) == self.start

    def send(self, number: int) -> None:
        """Send a signal, if it still lives."""
        if not self.lives():
            return
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return
        except PermissionError:
            raise StackError(
                f"process {self.pid} of an earlier start still runs and belongs to another user: "
                "end it, or start as the user of the earlier start"
            ) from None


def record(data: Path, children: Iterable[Child]) -> None:
    """Write down which processes belong to the stack."""
    told = {
        child.name: {"pid": pid, "start": started(pid), "signal": int(child.stop_signal)}
        for child in children
        if (pid := child.pid) is not None
    }
    write_private_json(data / FILE_NAME, told)


def end_orphans(data: Path) -> list[str]:
    """End what an earlier supervisor left running; give the names. The lock must be held."""
    path = data / FILE_NAME
    told: dict[str, dict[str, Any]] = read_json(path)
    found = {name: Orphan(entry["pid"], entry["start"]) for name, entry in told.items()}
    alive = {name: orphan for name, orphan in found.items() if orphan.lives()}
    for name, orphan in alive.items():
        orphan.send(told[name]["signal"])
    if not _ended(alive.values()):
        for orphan in alive.values():
            orphan.send(signal.SIGKILL)
        if not _ended(alive.values()):
            raise StackError(_unkillable(alive))
    path.unlink(missing_ok=True)
    return list(alive)


def _ended(orphans: Iterable[Orphan]) -> bool:
    """Wait until none lives; False if one still does after a while."""
    deadline = time.monotonic() + TIMEOUT_S
    while any(orphan.lives() for orphan in orphans):
        if time.monotonic() > deadline:
            return False
        time.sleep(INTERVAL_S)
    return True


def _unkillable(orphans: Mapping[str, Orphan]) -> str:
    """Say which have not ended: as a rule they wait for a disk, or for a network's file system."""
    left = [f"{name} (process {orphan.pid})" for name, orphan in orphans.items() if orphan.lives()]
    return (
        f"of an earlier start {', '.join(left)} still runs, even after SIGKILL: see with "
        "`ps -o pid,stat,wchan,args` what it waits for, or restart the machine, then start again"
    )
