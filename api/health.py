"""Liveness, readiness and metrics: for machines that look after the service."""

import asyncio
from collections.abc import Awaitable
from http import HTTPStatus
from typing import TypeVar

import orjson
import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from api.context import LIBRARY, Library
from api.metrics import ALIVE_S, Backlog
from shared.domain.errors import DomainError, UnavailableError

T = TypeVar("T")
log = structlog.get_logger(__name__)

PROBE_TIMEOUT_S = 3.0
NEEDED = frozenset({"postgres", "s3"})
"""Without these nothing works; without the others reads and uploads go on."""


def routes() -> list[web.RouteDef]:
    """Return the routes; none needs a key."""
    return [
        web.get("/healthz", healthz),
        web.get("/readyz", readyz),
        web.get("/metrics", metrics),
    ]


async def healthz(_request: web.Request) -> web.Response:
    """The process answers."""
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """Name each part and how it is; 503 only where Postgres or S3 is away."""
    library = request.app[LIBRARY]
    probes = {
        "postgres": library.database.ping(),
        "s3": library.storage.ping(),
        "redis": library.bell.ping(),
        "worker": _some_worker(library),
        "disk": library.disk.check(),
    }
    answers = await asyncio.gather(*(_probe(probe) for probe in probes.values()))
    parts = dict(zip(probes, answers, strict=True))
    down = {name for name, answer in parts.items() if answer != "ok"}
    status = "unavailable" if down & NEEDED else "degraded" if down else "ready"
    return web.Response(
        body=orjson.dumps({"status": status, "parts": parts}),
        status=HTTPStatus.SERVICE_UNAVAILABLE if down & NEEDED else HTTPStatus.OK,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


async def metrics(request: web.Request) -> web.Response:
    """Prometheus text: this process's own counters always, of the library's what can be read."""
    library = request.app[LIBRARY]
    depth, lag, workers = await asyncio.gather(
        _bounded(library.database.queue_depth()),
        _bounded(library.database.news_lag()),
        _bounded(library.database.worker_reports()),
    )
    backlog = Backlog(_or_none(depth), _or_none(lag), _or_none(workers))
    return web.Response(
        body=library.metrics.render(backlog), headers={"Content-Type": CONTENT_TYPE_LATEST}
    )


async def _probe(probe: Awaitable[None]) -> str:
    return await _bounded(probe) or "ok"


async def _bounded(asking: Awaitable[T]) -> T | str:
    """Return what a part answers, or in a sentence why it does not, whatever the reason is."""
    try:
        return await _in_time(asking)
    except DomainError as error:
        return error.detail
    except TimeoutError:
        return f"no answer within {PROBE_TIMEOUT_S:g} s"
    except Exception as error:
        log.exception("probe_failed")
        return f"It refuses us ({type(error).__name__}): the log says why."


async def _in_time(asking: Awaitable[T]) -> T:
    """Wait no longer than a probe may take; what is cancelled then ends by itself, perhaps late."""
    probe = asyncio.ensure_future(asking)
    try:
        done, _ = await asyncio.wait({probe}, timeout=PROBE_TIMEOUT_S)
    except asyncio.CancelledError:
        probe.cancel()
        raise
    if not done:
        probe.add_done_callback(_forget)
        probe.cancel()
        raise TimeoutError
    return probe.result()


def _forget(probe: asyncio.Future[T]) -> None:
    """Take note of how a probe has ended for which nobody waits, lest it be logged as missed."""
    if not probe.cancelled():
        probe.exception()


def _or_none(answer: T | str) -> T | None:
    return None if isinstance(answer, str) else answer


async def _some_worker(library: Library) -> None:
    reports = await library.database.worker_reports()
    if not any(report.age_s < ALIVE_S for report in reports):
        raise UnavailableError("No worker has been heard of lately; uploads wait for one.")
