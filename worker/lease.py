"""The lease of a claimed image, extended while its worker works."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from shared.cancellation import keep_cancellation
from shared.domain.errors import UnavailableError
from shared.usecases.processing.claims import Held
from shared.usecases.processing.processing import Processing

log = structlog.get_logger(__name__)


class LostRaceError(Exception):
    """The image is another's now: this attempt must leave nothing behind."""


@asynccontextmanager
async def lease(processing: Processing, claim: Held) -> AsyncIterator[None]:
    """Extend the lease while the body runs; cancel the body when the lease was lost.

    Raises LostRaceError then.
    """
    body = asyncio.current_task()
    lost = False

    async def beat() -> None:
        nonlocal lost
        while not lost:
            await asyncio.sleep(processing.lease_s / 4)
            lost = not await _extend(processing, claim)
        if body is not None:
            body.cancel()

    heart = asyncio.create_task(beat())
    try:
        yield
    except asyncio.CancelledError:
        if lost and body is not None and body.uncancel() == 0:
            raise LostRaceError from None
        raise
    finally:
        heart.cancel()
        await asyncio.gather(heart, return_exceptions=True)


async def _extend(processing: Processing, claim: Held) -> bool:
    """Extend the lease; False only if the image is known to be another worker's.

    Other errors are logged only: the next extension may succeed, and to give up loses the work.
    """
    try:
        return await processing.extend(claim)
    except UnavailableError as error:
        keep_cancellation()
        log.warning("heartbeat_unheard", detail=error.detail)
    except Exception:
        keep_cancellation()
        log.exception("heartbeat_failed")
    return True
