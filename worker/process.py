"""One job: claim, download, decode, store, commit; and what each failure means."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from shared.disk import Disk
from shared.domain.errors import (
    DiskFullError,
    OutgoingError,
    QuotaExceededError,
    SourceUnreachableError,
    TooLargeError,
    UnavailableError,
)
from shared.domain.image import Kind
from shared.domain.job import Job
from shared.opening import opened
from shared.scratch import Scratch
from shared.usecases.objects_ports import StoredObject, transfer_s
from shared.usecases.persistence import to_its_end
from shared.usecases.ports import Storage
from shared.usecases.processing.claims import Arrival, Claim, Errand, Held
from shared.usecases.processing.processing import (
    CORRUPT_ORIGINAL,
    INTERNAL,
    MAX_FAILURES,
    MISSING_ORIGINAL,
    Failure,
    Finding,
    Processing,
    UnknownOriginalError,
)
from shared.usecases.uploads.arriving import (
    Arrivals,
    ArrivedMissingError,
    ArrivedOtherError,
    ArrivedShortError,
)
from shared.usecases.uploads.source import SourceRetry
from worker.download import (
    OriginalChangedError,
    OriginalMissingError,
    OriginalShortError,
    download,
)
from worker.fetch import Fetcher
from worker.findings import binary_of, finding_of, thumbnails_of
from worker.imaging.decoders import BadPicture, Decoders, DecodersClosed, Picture, Recipe
from worker.lease import LostRaceError, lease
from worker.report import Tally

log = structlog.get_logger(__name__)


QUOTA_REASON = "quota_exceeded"

RELEASE_S = 5.0
"""So long, at most, the end of a worker waits until an image is given back."""


@dataclass(frozen=True, slots=True)
class Worker:
    """What a job needs."""

    processing: Processing
    arrivals: Arrivals
    fetcher: Fetcher
    source_retry: SourceRetry
    storage: Storage
    decoders: Decoders
    scratch: Scratch
    recipe: Recipe
    tally: Tally
    disk: Disk
    budget_s: float
    """For a job, besides the time in which its bytes are read."""
    arrival_budget_s: float
    release_s: float = RELEASE_S

    async def process(self, job: Job, *, is_reserved: bool = False) -> None:
        """Work on an image, if it is due and this attempt is ours. Never raises but to stop.

        One that `is_reserved` is this worker's before it is due.
        """
        following = await self.take(job, is_reserved=is_reserved)
        while following is not None:
            following = await self.take(following)

    async def take(self, job: Job, *, is_reserved: bool = False) -> Job | None:
        """Do one job, and return the one that follows: bytes that were brought in are processed."""
        structlog.contextvars.bind_contextvars(
            tenant_id=job.tenant_id,
            image_id=job.image_id,
            revision=job.revision,
            attempt=job.attempt,
        )
        started = time.monotonic()
        if not is_reserved and await self.disk.is_full():
            log.warning("disk_full")  # it stays due, and the sweeper rings again
            return None
        try:
            claim = await self.processing.claim(job, is_reserved=is_reserved)
        except UnavailableError as error:
            log.warning("claim_postponed", detail=error.detail)
        except UnknownOriginalError:
            self._conclude(f"Er:{MISSING_ORIGINAL.reason}", started)
        else:
            if claim is None:
                log.info("nothing_to_do")
            else:
                return await self._process(claim, started)
        return None

    async def _process(self, claim: Claim | Arrival | Errand, started: float) -> Job | None:
        """Work on an image that is ours, and count what came of it."""
        structlog.contextvars.bind_contextvars(
            attempt=claim.job.attempt,
            tenant=claim.tenant,
            image=claim.image.reference,
        )
        following: Job | None = None
        try:
            outcome, following = await self._judge(claim)
        except asyncio.CancelledError:
            await to_its_end(self._release(claim))
            raise
        except UnavailableError as error:
            outcome = "lease_left"
            log.warning("verdict_unheard", detail=error.detail)
        self._conclude(outcome, started)
        return following

    def _conclude(self, outcome: str, started: float) -> None:
        self.tally.count(outcome)
        log.info("processed", outcome=outcome, seconds=round(time.monotonic() - started, 3))

    async def _judge(self, claim: Claim | Arrival | Errand) -> tuple[str, Job | None]:
        """Work on the claim; return the outcome, and the job that follows."""
        try:
            if not isinstance(claim, Claim):
                async with asyncio.timeout(self.arrival_budget_s + _transfer_s(claim)):
                    return "arrived", await self._bring_in(claim)
            async with asyncio.timeout(self.budget_s + _transfer_s(claim)):
                await self._make(claim)
        except Exception as error:  # noqa: BLE001 every failure has its meaning, right below
            return await self._verdict(claim, error), None
        return "Ok", None

    async def _bring_in(self, held: Arrival | Errand) -> Job:
        try:
            async with lease(self.processing, held):
                if isinstance(held, Errand):
                    following = await self.fetcher.bring_in(held)
                else:
                    following = await self.arrivals.bring_in(held)
        except (QuotaExceededError, TooLargeError) as error:
            raise ArrivedOtherError(Failure(QUOTA_REASON, error.detail)) from error
        if following is None:
            raise LostRaceError
        return following

    async def _make(self, claim: Claim) -> None:
        async with self.scratch.folder() as folder:
            async with lease(self.processing, claim):
                finding, thumbnails = await self._work(claim, folder)
            # The lease was extended just now; a heartbeat would take our own commit for a loss.
            await self._commit(claim, finding, thumbnails)

    async def _verdict(self, claim: Held, error: Exception) -> str:
        """Act on a failure (lost race, retry, bytes at fault, our error); return the outcome."""
        match error:
            case LostRaceError():
                outcome = "lost_race"
            case UnavailableError() | DiskFullError() | TimeoutError() | OSError():
                log.warning("postponed", detail=str(error), cause=repr(error.__cause__))
                await self.processing.postpone(claim, unexpected=False)
                outcome = "postponed"
            case OriginalMissingError() | ArrivedMissingError():
                outcome = await self._fail(claim, MISSING_ORIGINAL)
            case OutgoingError():
                outcome = await self._miss(claim, error)
            case ArrivedOtherError():
                outcome = await self._fail(claim, error.failure)
            case OriginalChangedError():
                log.error("original_changed", key=str(error))
                outcome = await self._fail(claim, CORRUPT_ORIGINAL)
            case OriginalShortError() | ArrivedShortError():
                log.warning("original_short", key=str(error))
                outcome = await self._strike(claim, "postponed", CORRUPT_ORIGINAL)
            case BadPicture():
                failure = Failure(error.reason, error.detail, error.file_type)
                outcome = await self._fail(claim, failure)
            case DecodersClosed():
                await self._release(claim)
                outcome = "released"
            case _:
                log.error("unexpected", failures=claim.image.failures + 1, exc_info=error)
                outcome = await self._strike(claim, "failed_unexpectedly", INTERNAL)
        return outcome

    async def _work(self, claim: Claim, folder: Path) -> tuple[Finding, Sequence[StoredObject]]:
        """Do all but the commit: the thumbnails are stored, under keys that are only intended."""
        source, out_dir = folder / "original", folder / "out"
        out_dir.mkdir()
        hashes = await download(self.storage, claim.original, source)
        try:
            picture = await self._decode(claim, source, out_dir)
        except BadPicture as error:
            if claim.image.kind is not Kind.BINARY:
                raise
            return binary_of(error.file_type, hashes), []
        thumbnails = thumbnails_of(claim, picture)
        if not await self.processing.intend(claim, [item.key for item in thumbnails]):
            raise LostRaceError
        for rendition, item in zip(picture.renditions, thumbnails, strict=True):
            async with opened(rendition.path, "rb") as file:
                await self.storage.put(item.key, file)
        return finding_of(picture, hashes), thumbnails

    async def _decode(self, claim: Claim, source: Path, out_dir: Path) -> Picture:
        recipe = replace(
            self.recipe,
            thumbnails=claim.wishes.thumbnails,
            gravity=claim.image.gravity,
            watermark=claim.wishes.watermark,
        )
        picture = await self.decoders.make_thumbnails(source, out_dir, recipe)
        self.tally.decoded(picture.decode_seconds)
        return picture

    async def _commit(
        self, claim: Claim, finding: Finding, thumbnails: Sequence[StoredObject]
    ) -> None:
        if not await self.processing.succeed(claim, finding, thumbnails):
            await self.processing.disown(claim, [item.key for item in thumbnails])
            raise LostRaceError

    async def _fail(self, claim: Held, failure: Failure) -> str:
        side = self.arrivals if isinstance(claim, Arrival) else self.processing
        failed = await side.fail(claim, failure)
        return f"Er:{failure.reason}" if failed else "lost_race"

    async def _miss(self, claim: Held, error: OutgoingError) -> str:
        """Decide whether a source that has failed is tried again later, or ends as Er."""
        failure: Failure | None = Failure(error.reason, error.detail)
        if isinstance(claim, Errand) and isinstance(error, SourceUnreachableError):
            failure = await self.source_retry.wait(claim, error.detail)
        return "postponed" if failure is None else await self._fail(claim, failure)

    async def _strike(self, claim: Held, outcome: str, last: Failure) -> str:
        """Count a failure and have the image tried again; after `MAX_FAILURES` it is Er."""
        if claim.image.failures + 1 >= MAX_FAILURES:
            return await self._fail(claim, last)
        await self.processing.postpone(claim, unexpected=True)
        return outcome

    async def _release(self, claim: Held) -> None:
        """Give the image back; if Postgres cannot be reached, the lease runs out by itself."""
        try:
            async with asyncio.timeout(self.release_s):
                await self.processing.release(claim)
        except (UnavailableError, TimeoutError) as error:
            log.warning("lease_left", cause=repr(error))


def _transfer_s(held: Held) -> float:
    """Return the time for what is read from the storage; a source has limits of its own."""
    match held:
        case Claim():
            return transfer_s(held.original.size_in_bytes)
        case Arrival():
            return transfer_s(held.incoming.size_in_bytes)
        case _:
            return 0.0
