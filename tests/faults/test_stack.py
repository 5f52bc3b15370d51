"""`fototeca up` as its users meet it: processes die, ports are taken, starts overlap."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from aiohttp import ClientError, ClientSession

from deploy.embedded.place import choose_place
from deploy.embedded.ports import is_free, next_free
from deploy.embedded.processes import started
from deploy.embedded.stackfile import load_environment
from tests.client import eventually
from tests.faults.detached import START_S, call, spawn
from tests.raw import connection

DEFAULT_PORT = 8080
PROCESSES = ("postgres", "valkey", "s3", "api", "worker")
STOP_S = 30.0
"""Far less than slow clients, or a server that takes its leave, would hold it up for."""
SLOW_CLIENTS = 5
LARGE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Installation:
    """A data folder, and `fototeca` called for it."""

    data: Path

    async def call(self, *arguments: str, **variables: str) -> tuple[int, str]:
        """Run a command to its end; give its exit code and what it printed."""
        return await call(self.data, *arguments, **variables)

    async def spawn(self, *arguments: str, **variables: str) -> asyncio.subprocess.Process:
        """Start a command, its two outputs in one pipe."""
        return await spawn(self.data, *arguments, **variables)

    def pids(self) -> dict[str, int]:
        """Give the process ids of what runs."""
        told = json.loads((self.data / "processes.json").read_text())
        return {name: process["pid"] for name, process in told.items()}

    def supervisor(self) -> int:
        """Give the process id of `up`."""
        return int((self.data / "up.lock").read_text().split()[0])

    async def answer(self, path: str) -> str:
        """Ask the API with the demo key; empty while it does not answer with success."""
        settings = load_environment(self.data)
        url = f"http://127.0.0.1:{settings['FOTOTECA_PORT']}{path}"
        key = (self.data / "demo.key").read_text().strip()
        try:
            async with (
                ClientSession() as session,
                session.get(url, headers={"X-API-KEY": key}) as answer,
            ):
                return await answer.text() if answer.ok else ""
        except ClientError:
            return ""


def owner_of(pid: int) -> int:
    """Give the id of the user whom a process runs as."""
    return Path(f"/proc/{pid}").stat().st_uid


@contextmanager
def taken(port: int) -> Iterator[int]:
    """Listen on a port, unless another program does so already."""
    with socket.socket() as listener:
        if is_free(port):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
            listener.listen(1)
        yield port


@pytest.fixture(scope="module")
async def installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    """A data folder in a place with blanks and accents, started once while 8080 is taken."""
    made = Installation(tmp_path_factory.mktemp("a clone") / "datos é")
    with taken(DEFAULT_PORT):
        code, lines = await made.call("up", "--detach")
    assert code == 0, lines
    assert f"port {DEFAULT_PORT} is taken by another program" in lines
    yield made
    await made.call("down")
    shutil.rmtree(choose_place(made.data).servers)


@pytest.fixture
async def stack(installation: Installation) -> Installation:
    """The stack, running."""
    code, lines = await installation.call("up", "--detach")
    assert code == 0, lines
    return installation


async def test_another_up_prints_the_same_lines(stack: Installation) -> None:
    before = stack.pids()
    code, lines = await stack.call("up")
    key = (stack.data / "demo.key").read_text().strip()
    assert code == 0
    assert stack.pids() == before
    assert f"Demo key  {key}" in lines
    assert lines.count("curl") == 4
    url = f"http://127.0.0.1:{load_environment(stack.data)['FOTOTECA_PORT']}"
    for path in (f"/ui/#key={key}", "/images", "/readyz"):
        assert f"{url}{path}\n" in lines


async def test_first_start_has_imported_sample_pictures(stack: Installation) -> None:
    images = json.loads(await stack.answer("/images"))["value"]
    assert len(images) >= 5
    assert {image["status"] for image in images} == {"Ok"}


@pytest.mark.parametrize("name", ["demo.key", "stack.json", "credentials.json", "up.log"])
async def test_secrets_are_for_their_owner_alone(stack: Installation, name: str) -> None:
    assert (stack.data / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc who owns a process")
async def test_api_and_worker_run_as_root_only_where_it_was_said_why(stack: Installation) -> None:
    owners = {name: owner_of(pid) for name, pid in stack.pids().items()}
    said = "run as root, because" in (stack.data / "up.log").read_text().rpartition("starts;")[2]
    ours = 0 if said else os.geteuid() or owners["postgres"]
    assert {name: owners[name] for name in ("api", "worker")} == {"api": ours, "worker": ours}
    assert said <= (os.geteuid() == 0)


async def test_env_tells_a_shell_the_settings(stack: Installation) -> None:
    _, lines = await stack.call("env")
    told = subprocess.run(  # noqa: ASYNC221 -- it ends at once
        ["/bin/sh", "-c", f"{lines}\nenv -0"], capture_output=True, check=True, env={}
    ).stdout.decode()
    settings = load_environment(stack.data)
    assert settings["FOTOTECA_DATA_DIR"] == str(stack.data)
    assert settings.items() <= dict(row.split("=", 1) for row in told.split("\0") if row).items()


@pytest.mark.parametrize("name", PROCESSES)
async def test_process_that_dies_is_started_again(stack: Installation, name: str) -> None:
    before = stack.pids()[name]
    os.kill(before, signal.SIGKILL)

    async def replaced() -> bool:
        return stack.pids().get(name, before) != before and bool(await stack.answer("/readyz"))

    await eventually(replaced, within_s=120)
    assert json.loads(await stack.answer("/images"))["value"]


async def test_killed_supervisor_takes_its_processes_along(stack: Installation) -> None:
    alive = {pid: started(pid) for pid in stack.pids().values()}
    os.kill(stack.supervisor(), signal.SIGKILL)

    if sys.platform == "linux":  # elsewhere the next start ends them

        async def gone() -> bool:
            return all(started(pid) != start for pid, start in alive.items())

        await eventually(gone, within_s=STOP_S)
    assert load_environment(stack.data) == {}
    code, lines = await stack.call("up", "--detach", FOTOTECA_PROT="1")
    assert (code, lines.count("FOTOTECA_PROT is no setting")) == (0, 1), lines
    assert json.loads(await stack.answer("/images"))["value"]
    assert all(started(pid) != start for pid, start in alive.items())


async def test_busy_port_that_was_asked_for_is_an_error(tmp_path: Path) -> None:
    with taken(next_free(DEFAULT_PORT + 100)) as port:
        code, lines = await Installation(tmp_path / "data").call("up", FOTOTECA_PORT=str(port))
    assert code == 1
    assert f"port {port} of 127.0.0.1 is taken" in lines


async def test_a_secret_key_that_is_too_short_starts_nothing(tmp_path: Path) -> None:
    code, lines = await Installation(tmp_path / "data").call("up", FOTOTECA_SECRET_KEY="short")
    assert (code, "FOTOTECA_SECRET_KEY: should be 32" in lines) == (1, True)


async def test_down_stops_everything(stack: Installation) -> None:
    alive = {pid: started(pid) for pid in stack.pids().values()}
    begin = time.monotonic()
    code, _ = await stack.call("down")
    assert code == 0
    assert time.monotonic() - begin < STOP_S
    assert all(started(pid) != start for pid, start in alive.items())
    assert await stack.call("down") == (0, "nothing is running\n")
    assert (await stack.call("env"))[0] == 1


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_signal_ends_a_foreground_stack(
    installation: Installation, wish: signal.Signals
) -> None:
    await installation.call("down")
    process = await installation.spawn("up")
    assert process.stdout is not None
    async with asyncio.timeout(START_S):
        while b"Ctrl-C" not in await process.stdout.readline():
            assert process.returncode is None
    alive = {pid: started(pid) for pid in installation.pids().values()}
    process.send_signal(wish)
    output, _ = await asyncio.wait_for(process.communicate(), STOP_S)
    assert process.returncode == 0
    assert output.decode().endswith("stopped\n")
    assert all(started(pid) != start for pid, start in alive.items())


async def _hold_open(stack: AsyncExitStack, port: int, request: bytes) -> None:
    """Send a request, or some of it, on a connection from which nobody reads on."""
    reader, writer = await stack.enter_async_context(connection(port))
    writer.write(request)
    await writer.drain()
    if request.startswith(b"GET"):
        assert (await reader.readline()).split()[1] == b"200"


async def _uploads_under_way(installation: Installation) -> int:
    url = load_environment(installation.data)["FOTOTECA_DATABASE_URL"]
    postgres = await asyncpg.connect(url)
    try:
        return int(await postgres.fetchval("SELECT count(*) FROM uploads"))
    finally:
        await postgres.close()


async def test_ctrl_c_waits_for_no_slow_client(installation: Installation) -> None:
    await installation.call("down")
    process = await installation.spawn("up")
    assert process.stdout is not None
    async with asyncio.timeout(START_S):
        while b"Ctrl-C" not in await process.stdout.readline():
            assert process.returncode is None
    port = int(load_environment(installation.data)["FOTOTECA_PORT"])
    key = (installation.data / "demo.key").read_text().strip()
    head = f"HTTP/1.1\r\nHost: t\r\nX-API-KEY: {key}\r\n"
    large = await _put_large(port, key)
    async with AsyncExitStack() as clients:
        for number in range(SLOW_CLIENTS):
            put = f"PUT /images(slow-{number}) {head}Content-Length: 100000\r\n\r\nbegun"
            await _hold_open(clients, port, put.encode())
            await _hold_open(clients, port, f"GET {large} {head}\r\n".encode())

        async def all_are_open() -> bool:
            return await _uploads_under_way(installation) == SLOW_CLIENTS

        await eventually(all_are_open)
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.communicate(), STOP_S)
        print(f"Ctrl-C took {time.monotonic() - begin:.1f} s")  # noqa: T201
    assert process.returncode == 0


async def _put_large(port: int, key: str) -> str:
    """Upload more than sockets buffer; give its path on the CDN."""
    async with (
        ClientSession(headers={"X-API-KEY": key}) as session,
        session.put(
            f"http://127.0.0.1:{port}/images(large)", data=BytesIO(bytes(LARGE_BYTES))
        ) as answer,
    ):
        answer.raise_for_status()
        url: str = (await answer.json())["originalUrl"]
        return urlsplit(url).path
