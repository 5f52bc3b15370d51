"""The API in several processes: they answer as one, and one that dies is followed by the next."""

import asyncio
import errno
import os
import re
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession, TCPConnector

from api.processes import main
from deploy.embedded.processes import command_of
from shared.settings import Settings
from tests.bucket import Bucket
from tests.client import eventually
from tests.outside import line_of, service_process, with_port

PROCESSES = 2
pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux spreads connections over processes"
)


@pytest.fixture
def told(settings: Settings, bucket: Bucket) -> Settings:
    """Settings of an API at a free port."""
    assert bucket.name == settings.s3_bucket
    return with_port(settings).model_copy(update={"api_processes": PROCESSES})


@asynccontextmanager
async def running(told: Settings, before: str = "pass") -> AsyncIterator[Process]:
    async with service_process("api.processes", told, before) as parent:
        for _ in range(PROCESSES):
            await line_of(parent, "listening")
        yield parent


async def status_of(told: Settings, path: str = "/healthz") -> tuple[int, str]:
    """Ask on a connection of its own; 0 where nobody answers."""
    url = f"http://127.0.0.1:{told.port}{path}"
    async with ClientSession(connector=TCPConnector(force_close=True)) as session:
        try:
            async with session.get(url) as answer:
                return answer.status, await answer.text()
        except (ClientError, OSError):
            return 0, ""


def children_of(parent: Process) -> list[int]:
    """Return the processes that serve."""
    listed = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
    return [pid for pid in map(int, listed) if "spawn_main" in command_of(pid)]


async def test_they_count_as_one(told: Settings) -> None:
    async with running(told) as parent:
        assert len(children_of(parent)) == PROCESSES
        for _ in range(20):
            assert (await status_of(told))[0] == 200
        for _ in range(5):  # whoever answers
            _, text = await status_of(told, "/metrics")
            (count,) = re.findall(r'requests_total\{[^}]*route="/healthz"[^}]*\} ([\d.]+)', text)
            assert float(count) == 20


async def test_who_dies_is_followed(told: Settings) -> None:
    async with running(told) as parent:
        first, second = children_of(parent)
        os.kill(first, signal.SIGKILL)
        assert (await line_of(parent, "process_ended"))["pid"] == first
        await line_of(parent, "listening")
        assert second in children_of(parent)
        for _ in range(10):
            assert (await status_of(told))[0] == 200


async def test_who_hangs_is_killed_and_followed(told: Settings) -> None:
    sooner = "from shared import watchdog; from api import processes"
    sooner += "; watchdog.STUCK_S = 3; processes.LOOK_S = 1"
    async with running(told, sooner) as parent:
        first, second = children_of(parent)
        os.kill(first, signal.SIGSTOP)
        assert (await line_of(parent, "process_stuck"))["pid"] == first
        await line_of(parent, "listening")
        assert second in children_of(parent)
        assert first not in children_of(parent)
        for _ in range(10):
            assert (await status_of(told))[0] == 200


async def test_children_do_not_outlive_their_parent(told: Settings) -> None:
    async with running(told) as parent:
        parent.kill()
        await parent.wait()

        async def is_free() -> bool:
            return (await status_of(told))[0] == 0

        await eventually(is_free)
        async with running(told):
            assert (await status_of(told))[0] == 200


async def test_an_address_is_not_shared_with_another_api(told: Settings) -> None:
    async with running(told):
        with pytest.raises(OSError, match="in use") as refused:
            await asyncio.to_thread(main, told)
        assert refused.value.errno == errno.EADDRINUSE


async def test_of_two_that_start_at_once_one_gets_the_address(told: Settings) -> None:
    async with AsyncExitStack() as stack:
        both = [
            await stack.enter_async_context(service_process("api.processes", told))
            for _ in range(2)
        ]
        ending = [asyncio.create_task(each.wait()) for each in both]
        ended, going = await asyncio.wait(ending, return_when=asyncio.FIRST_COMPLETED, timeout=60)
        assert [task.result() for task in ended] == [1]
        (served,) = (each for each, task in zip(both, ending, strict=True) if task in going)
        await line_of(served, "listening")
        for _ in range(10):
            assert (await status_of(told))[0] == 200
