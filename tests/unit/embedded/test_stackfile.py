"""Other commands learn of a running stack, and of nothing else."""

import subprocess
from pathlib import Path

import pytest

from deploy.embedded.lock import StackLock, holder, is_held
from deploy.embedded.stackfile import (
    Stack,
    load_environment,
    read_stack,
    shell_lines,
    users_environment,
    write_stack,
)

SETTINGS = {
    "FOTOTECA_DATABASE_URL": "postgresql://fototeca:pass%2Fword@127.0.0.1:20001/fototeca",
    "FOTOTECA_REDIS_URL": "redis://:secret@127.0.0.1:20002/0",
    "FOTOTECA_S3_ENDPOINT_URL": "http://127.0.0.1:20003",
    "FOTOTECA_DATA_DIR": '/home/josé/it\'s $HOME `here`\\ "now"',
    "AWS_REGION": "us-east-1",
}


def test_a_stack_is_seen_only_while_its_supervisor_lives(tmp_path: Path) -> None:
    lock = StackLock(tmp_path)
    assert lock.acquire()
    write_stack(tmp_path, Stack(SETTINGS))
    assert load_environment(tmp_path) == SETTINGS
    lock.release()
    assert load_environment(tmp_path) == {}


def test_nothing_is_made_where_nothing_ran(tmp_path: Path) -> None:
    assert load_environment(tmp_path / "none") == {}
    assert not (tmp_path / "none").exists()


def test_the_lock_is_one_supervisors(tmp_path: Path) -> None:
    first, second = StackLock(tmp_path), StackLock(tmp_path)
    assert first.acquire()
    assert not second.acquire()
    assert holder(tmp_path) is not None
    first.release()
    assert second.acquire()
    second.release()
    assert holder(tmp_path) is None
    assert not is_held(tmp_path)


def test_the_stack_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    write_stack(tmp_path, Stack(SETTINGS))
    assert (tmp_path / "stack.json").stat().st_mode & 0o777 == 0o600


def test_a_shell_reads_back_what_was_written() -> None:
    script = "\n".join([*shell_lines(SETTINGS), "env -0"])
    told = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True, env={})
    read = dict(row.split("=", 1) for row in told.stdout.decode().split("\0") if row)
    assert read.items() >= SETTINGS.items()
    assert read["PGPASSWORD"] == "pass/word"
    assert (read["PGHOST"], read["PGPORT"]) == ("127.0.0.1", "20001")
    assert read["REDISCLI_AUTH"] == "secret"


def test_settings_of_another_s3_do_not_reach_the_services(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("NO_PROXY", "internal")
    monkeypatch.setenv("FOTOTECA_MAX_PIXELS", "1000")
    environment = users_environment()
    assert "AWS_PROFILE" not in environment
    assert environment["NO_PROXY"] == "internal,127.0.0.1,localhost"
    assert environment["FOTOTECA_MAX_PIXELS"] == "1000"


def test_what_a_killed_supervisor_left_is_not_taken_for_the_next_ones(tmp_path: Path) -> None:
    write_stack(tmp_path, Stack(SETTINGS, ready=True, supervisor=1))
    lock = StackLock(tmp_path)
    assert lock.acquire()
    assert read_stack(tmp_path) is None
    lock.release()
