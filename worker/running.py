"""A worker process from its start to its end: all that it does, begun and ended together."""

import asyncio
import contextlib
import signal
from collections.abc import Sequence

import structlog
import uvloop

from shared.domain.errors import UnavailableError
from shared.logging import configure_logging
from shared.settings import Settings
from shared.watchdog import Heartbeat, end_when_stuck
from worker.bulk import working_in_bulk
from worker.lanes import listen_forever
from worker.relay import relaying
from worker.rounds import Round, begun, repeat, report_forever, sweeping
from worker.settings import Parts, open_parts
from worker.webhooks import delivering

log = structlog.get_logger(__name__)


async def work(settings: Settings, stop: asyncio.Event) -> None:
    """Work until told to stop; then give every image back unjudged."""
    async with open_parts(settings) as parts:
        await parts.worker.decoders.warm_up()  # who cannot decode must not seem to be ready
        log.info("working", worker_id=str(parts.id), slots=parts.slots)
        async with begun(_rounds(parts, settings.sweep_interval_s)) as tasks:
            await _until(stop, tasks)
        with contextlib.suppress(UnavailableError):  # silence says the same, a little later
            await parts.database.retire_worker(parts.id)
        log.info("stopped")


def _rounds(parts: Parts, interval_s: float) -> Sequence[Round]:
    return (
        *(listen_forever(parts.redis, lane) for lane in parts.lanes()),
        *sweeping(parts.sweeper, interval_s),
        repeat("end_tenants", parts.tenant_remover.work, interval_s),
        *working_in_bulk(parts.bulk, interval_s),
        *relaying(parts.relay),
        *delivering(parts.deliverer),
        report_forever(parts.database, parts.id, parts.worker.tally),
    )


async def _until(stop: asyncio.Event, tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait for `stop`, or for a task to end, which none should: its error is raised."""
    stopped = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
    for task in set(tasks) & done:
        task.result()


def main(settings: Settings) -> None:
    """Run the worker in this process."""
    configure_logging(settings, service="worker")
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(_work_until_signalled(settings))


async def _work_until_signalled(settings: Settings) -> None:
    end_when_stuck(Heartbeat())
    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    await work(settings, stop)
