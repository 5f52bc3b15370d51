"""A process that keeps dying is started less and less often; one that cannot start ends nothing."""

import os
import sys
from pathlib import Path

import pytest

from api.connection import TIDYING_S
from api.server import SHUTDOWN_S
from deploy.embedded.child import Child
from deploy.embedded.failure import StackError
from deploy.embedded.orphans import Orphan, end_orphans, record
from deploy.embedded.processes import command_of, started
from deploy.embedded.supervisor import (
    LONGEST_PAUSE_S,
    SERVERS_STOP_S,
    SERVICES_STOP_S,
    Stopped,
    Supervisor,
)

DIES = "raise SystemExit(3)"
LIVES = "import threading; threading.Event().wait()"


def _child(tmp_path: Path, program: str) -> Child:
    command = [sys.executable, "-c", program]
    return Child("child", command, dict(os.environ), tmp_path, tmp_path / "child.log")


def test_a_dying_process_is_started_again_after_growing_pauses(tmp_path: Path) -> None:
    lines: list[str] = []
    supervisor = Supervisor(lines.append, lambda _: None)
    supervisor.add_service(_child(tmp_path, DIES))
    assert supervisor.wait_for(lambda: len(lines) >= 2, timeout_s=20)
    supervisor.stop()
    assert lines[:2] == [
        "child ended with code 3; starts again in 0.25 s",
        "child ended with code 3; starts again in 0.5 s",
    ]


def test_the_pause_has_an_upper_bound(tmp_path: Path) -> None:
    supervisor = Supervisor(lambda _: None, lambda _: None)
    supervisor.add_service(_child(tmp_path, LIVES))
    (unit,) = supervisor.services
    assert max(unit.schedule() for _ in range(20)) == LONGEST_PAUSE_S
    supervisor.stop()


def test_the_wish_to_end_interrupts_any_wait() -> None:
    supervisor = Supervisor(lambda _: None, lambda _: None)
    supervisor.stopping.set()
    with pytest.raises(Stopped):
        supervisor.run()


def test_the_api_may_end_in_good_order_and_all_of_it_within_ten_seconds() -> None:
    assert 2 * SHUTDOWN_S + TIDYING_S < SERVICES_STOP_S - 1
    assert SERVICES_STOP_S + SERVERS_STOP_S < 10


def test_what_a_killed_supervisor_left_running_is_ended(tmp_path: Path) -> None:
    child = _child(tmp_path, LIVES)
    child.start()
    record(tmp_path, [child])
    pid = child.pid
    assert pid is not None
    assert end_orphans(tmp_path) == ["child"]
    assert child.wait(60)
    assert end_orphans(tmp_path) == []


def test_what_even_sigkill_does_not_end_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = _child(tmp_path, LIVES)
    child.start()
    record(tmp_path, [child])
    monkeypatch.setattr("deploy.embedded.orphans.TIMEOUT_S", 0.2)
    with monkeypatch.context() as waiting_for_a_disk:
        waiting_for_a_disk.setattr(os, "kill", lambda _pid, _signal: None)
        with pytest.raises(StackError, match=rf"child \(process {child.pid}\).*restart"):
            end_orphans(tmp_path)
    assert end_orphans(tmp_path) == ["child"]
    assert child.wait(60)


def test_a_recycled_process_id_is_not_taken_for_an_orphan() -> None:
    assert Orphan(os.getpid(), started(os.getpid())).lives()
    assert not Orphan(os.getpid(), "another boot").lives()


def test_the_system_tells_about_processes() -> None:
    assert "python" in command_of(os.getpid())
    assert started(2**22 + 1) == command_of(2**22 + 1) == ""
