"""A worker process from its start to its end: all that it does, begun and ended together."""

import asyncio
import contextlib
import signal
from typing import Any

import structlog
import uvloop

from shared.domain.errors import UnavailableError
from shared.logging import configure_logging
from shared.pulse import Pulse, end_when_stuck
from shared.settings import Settings
from worker.bulk import bulk_forever
from worker.lanes import listen_forever
from worker.relay import relay_forever
from worker.rounds import repeat, report_forever, sweep_forever
from worker.settings import open_parts
from worker.webhooks import deliver_forever

log = structlog.get_logger(__name__)

UNHEARD_S = 1.5


async def work(settings: Settings, stop: asyncio.Event) -> None:
    """Work until told to stop; then give every image back unjudged."""
    async with open_parts(settings) as parts:
        log.info("working", worker_id=str(parts.id), slots=parts.slots)
        tasks = [
            *(asyncio.create_task(listen_forever(parts.redis, lane)) for lane in parts.lanes()),
            asyncio.create_task(sweep_forever(parts.sweeper, settings.sweep_interval_s)),
            asyncio.create_task(
                repeat("end_tenants", parts.undertaker.work, settings.sweep_interval_s)
            ),
            asyncio.create_task(bulk_forever(parts.bulk, settings.sweep_interval_s)),
            asyncio.create_task(relay_forever(parts.relay)),
            asyncio.create_task(deliver_forever(parts.deliverer)),
            asyncio.create_task(report_forever(parts.database, parts.id, parts.worker.tally)),
        ]
        await _until(stop, tasks)
        with contextlib.suppress(UnavailableError):  # silence says the same, a little later
            await parts.database.retire_worker(parts.id)
        log.info("stopped")


async def _until(stop: asyncio.Event, tasks: list[asyncio.Task[None]]) -> None:
    """Wait for the signal, or for a task that should never end; then end them all."""
    stopped = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
    await _end({stopped, *tasks})
    for task in done - {stopped}:
        task.result()


async def _end(tasks: set[asyncio.Task[Any]]) -> None:
    """Cancel until it is heard: a Redis client that times out just then swallows it."""
    while tasks:
        for task in tasks:
            task.cancel()
        ended, tasks = await asyncio.wait(tasks, timeout=UNHEARD_S)
        for task in ended:
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("task_failed", error=repr(error))


def main(settings: Settings) -> None:
    """Run the worker in this process."""
    configure_logging(settings, service="worker")
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(_work_until_signalled(settings))


async def _work_until_signalled(settings: Settings) -> None:
    end_when_stuck(Pulse())
    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    await work(settings, stop)
