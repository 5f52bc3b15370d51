"""The API keeps its port from start to start, and says when it cannot."""

import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from deploy.embedded.address import DEFAULT_PORT, FILE_NAME, choose_address
from deploy.embedded.failure import StackError
from deploy.embedded.ports import is_free, next_free
from deploy.embedded.private import write_private_json


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(1)
    return listener


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FOTOTECA_PORT", "FOTOTECA_HOST"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def default_is_taken() -> Iterator[None]:
    """Another program has 8080: one of ours, unless there is one already."""
    if is_free(DEFAULT_PORT):
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
    with closing(_listen(next_free(first.port + 1))):
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
        with pytest.raises(StackError, match=f"port {port} of 127.0.0.1 is taken.*FOTOTECA_PORT="):
            choose_address(tmp_path, pytest.fail)
    assert choose_address(tmp_path, pytest.fail).port == port


@pytest.mark.parametrize("host", ["nosuch.invalid", "192.0.2.1"])
def test_a_host_that_is_not_this_machine_is_named(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOTOTECA_HOST", host)
    with pytest.raises(StackError, match=f"FOTOTECA_HOST={host} is no address of this machine"):
        choose_address(tmp_path, pytest.fail)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ports are held on Linux only")
def test_no_port_is_taken_where_another_stack_is_starting(tmp_path: Path) -> None:
    last = next_free(31_000)
    write_private_json(tmp_path / FILE_NAME, {"port": last})
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(f"\0fototeca-stack-{last}")
        assert choose_address(tmp_path, lambda _: None).port != last
