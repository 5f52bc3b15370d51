"""What happens behind the API: workers that run or stall, servers that go away and come back."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

from shared.domain.image import Image
from shared.domain.job import Job
from shared.settings import Settings
from tests.client import Client, Connection, eventually
from worker.process import Worker
from worker.running import work
from worker.settings import Parts


class Gate:
    """Where a call waits until it is told to go on."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    async def wait(self) -> None:
        """Say that a call has come, and wait."""
        self.reached.set()
        await self.opened.wait()


class Gated:
    """A real adapter, of which one coroutine waits at a gate before each call."""

    def __init__(self, real: object, call: str, gate: Gate) -> None:
        self._real = real
        self._call = call
        self._gate = gate

    def __getattr__(self, name: str) -> Any:
        """Return the real one's attribute, behind the gate if it is the one."""
        real = getattr(self._real, name)
        if name != self._call:
            return real

        async def gated(*args: Any, **kwargs: Any) -> Any:
            await self._gate.wait()
            return await real(*args, **kwargs)

        return gated


class Broken:
    """A real adapter, of which one coroutine raises: always, or so many times."""

    def __init__(self, real: object, call: str, error: Exception, times: float = math.inf) -> None:
        self._real = real
        self._call = call
        self._error = error
        self._times = times

    def __getattr__(self, name: str) -> Any:
        """Return the real one's attribute, but for the one."""
        real = getattr(self._real, name)
        if name != self._call or self._times <= 0:
            return real

        async def broken(*_: Any, **__: Any) -> Any:
            self._times -= 1
            raise self._error

        return broken


def stalled_at(worker: Worker, part: str, call: str) -> tuple[Worker, Gate]:
    """Return the worker as it is, but that it stalls at a call of a part of it."""
    gate = Gate()
    gated = cast("Any", Gated(getattr(worker, part), call, gate))
    return replace(worker, **{part: gated}), gate


def job_of(image: Image) -> Job:
    """Return the job for which the bell is rung now."""
    return Job(image.tenant_id, image.id, image.revision, image.attempt)


async def expire_leases(postgres: Connection, *, ago_s: float = 0) -> None:
    """Let time pass: whatever is leased or postponed is due, and has been for so long."""
    await postgres.execute(
        "UPDATE images SET due_at = now() - make_interval(secs => $1) WHERE due_at IS NOT NULL",
        ago_s,
    )


async def overtaken(client: Client, parts: Parts, postgres: Connection, reference: str) -> Image:
    """Let an image's lease run out, have another worker do the image, and return what came of it.

    The first one's heart may beat in between, as hearts do: then it runs out once more.
    """
    before = await client.row(reference)

    async def is_anothers() -> Image | None:
        await expire_leases(postgres)
        row = await client.process(parts, reference)
        is_newer = (row.revision, row.attempt) > (before.revision, before.attempt)
        return row if is_newer else None

    row = await eventually(is_anothers)
    assert row is not None
    return row


@asynccontextmanager
async def running_worker(settings: Settings) -> AsyncIterator[None]:
    """Run a whole worker: bell, sweeper and reports."""
    stop = asyncio.Event()
    task = asyncio.create_task(work(settings, stop))
    try:
        yield
    finally:
        stop.set()
        await task
