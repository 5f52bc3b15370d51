"""The API keeps its port from start to start, and says when it cannot."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from deploy.embedded.address import DEFAULT_PORT, FILE_NAME, choose_address
from deploy.embedded.failure import StackError
from deploy.embedded.ports import LOOPBACK, is_free, next_free, release
from deploy.embedded.private import write_private_json

LINUX = sys.platform.startswith("linux")
# There the whole of 127.0.0.0/8 is this machine: an address of our own, whose ports nobody takes.
HOST = f"127.{os.getpid() // 250 % 250 + 1}.{os.getpid() % 250 + 1}.1" if LINUX else LOOPBACK


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    listener.listen(1)
    return listener


@pytest.fixture(autouse=True)
def _own_address(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("FOTOTECA_PORT", raising=False)
    monkeypatch.setenv("FOTOTECA_HOST", HOST)
    yield
    release()


@pytest.fixture
def default_is_taken() -> Iterator[None]:
    """Another program has 8080: one of ours, unless there is one already."""
    if is_free(DEFAULT_PORT, HOST):
        with closing(_listen(DEFAULT_PORT)):
            yield
    else:
        yield


@pytest.mark.usefixtures("default_is_taken")
def test_a_busy_default_port_moves_and_says_so(tmp_path: Path) -> None:
    lines: list[str] = []
    port = choose_address(tmp_path, lines.append).port
    assert port > DEFAULT_PORT
    assert lines == [f"port 8080 is taken by another program; the API listens on {port} instead"]


@pytest.mark.usefixtures("default_is_taken")
def test_the_port_of_last_time_comes_first(tmp_path: Path) -> None:
    lines: list[str] = []
    first = choose_address(tmp_path, lines.append)
    with closing(_listen(next_free(first.port + 1, HOST))):
        assert choose_address(tmp_path, lines.append) == first
    assert len(lines) == 1


@pytest.mark.usefixtures("default_is_taken")
def test_a_port_of_last_time_that_is_taken_moves_and_says_so(tmp_path: Path) -> None:
    lines: list[str] = []
    first = choose_address(tmp_path, lines.append)
    with closing(_listen(first.port)):
        assert choose_address(tmp_path, lines.append) != first
    assert f"port {first.port} is taken" in lines[-1]


def test_a_busy_port_that_was_asked_for_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(_listen(0)) as listener:
        port = listener.getsockname()[1]
        monkeypatch.setenv("FOTOTECA_PORT", str(port))
        with pytest.raises(StackError, match=f"port {port} of {HOST} is taken.*FOTOTECA_PORT="):
            choose_address(tmp_path, pytest.fail)
    assert choose_address(tmp_path, pytest.fail).port == port


@pytest.mark.parametrize("host", ["nosuch.invalid", "192.0.2.1"])
def test_a_host_that_is_not_this_machine_is_named(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOTOTECA_HOST", host)
    with pytest.raises(StackError, match=f"FOTOTECA_HOST={host} is no address of this machine"):
        choose_address(tmp_path, pytest.fail)


@pytest.mark.skipif(not LINUX, reason="ports are held on Linux only")
def test_no_port_is_taken_where_another_stack_is_starting(tmp_path: Path) -> None:
    last = next_free(31_000 + os.getpid() % 1000, HOST)
    write_private_json(tmp_path / FILE_NAME, {"port": last})
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(f"\0fototeca-stack-{last}")
        assert choose_address(tmp_path, lambda _: None).port != last
