"""What a worker may write: every statement guarded by status, revision and attempt.

No row back means that the race was lost; the loser deletes what its own attempt wrote, and
nothing else.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from shared.domain.errors import UnavailableError
from shared.domain.image import THUMBNAIL_COLUMNS, Image
from shared.domain.job import Job
from shared.domain.keys import Size
from shared.domain.metadata import Metadata, default_text
from shared.domain.status import BUSY, Status, sources_of
from shared.usecases.editing.images_ports import Guard
from shared.usecases.objects_ports import StoredObject
from shared.usecases.ports import Database, Statements
from shared.usecases.processing.claims import Arrival, Claim, Errand, Held
from shared.usecases.uploads.incoming_ports import Stage

MAX_FAILURES = 5
"""So often an unexpected exception, or a cut-off original, is met before it is Er."""

WAITING_AFTER_S = 3600
"""After this long without storage, `statusReason` says so."""

SAID_BY_FILES = {"title": "title", "alt": "altText", "caption": "caption"}
"""Texts of an image that its metadata fill where nobody has written anything."""

INTENT_S = 3600.0
"""Keys written but not committed within this time are deleted by the sweeper."""

_FIRST_DELAY_S = 1.0
_LONGEST_DELAY_S = 20.0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an image is Er: a stable word, a sentence, and what the bytes look like, if known."""

    reason: str
    detail: str
    file_type: str | None = None

    def changes(self) -> dict[str, Any]:
        """Return the columns that say so."""
        return {
            "status": Status.FAILED,
            "status_reason": self.reason,
            "status_detail": self.detail,
        }


MISSING_ORIGINAL = Failure(
    "missing_original", "The storage has lost the original: upload it again."
)
CORRUPT_ORIGINAL = Failure(
    "corrupt_original",
    "The storage gives other bytes than were uploaded: upload the original again.",
)
INTERNAL = Failure(
    "internal", f"Processing failed unexpectedly {MAX_FAILURES} times; the log says why."
)


class UnknownOriginalError(Exception):
    """The claimed image has no row that says where its bytes are; it is Er now."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a picture turned out to be; pixels are after EXIF orientation. Of a binary: its hashes.

    `dominant_color` is `#rrggbb`, `placeholder` a ThumbHash in base64, `perceptual_hash` 64 bits.
    """

    file_type: str | None
    content_type: str | None
    width: int
    height: int
    sha256: bytes
    md5: bytes
    dominant_color: str | None = None
    placeholder: str | None = None
    perceptual_hash: int | None = None
    metadata: Metadata | None = None


@dataclass(frozen=True, slots=True)
class Processing:
    """The worker's side of an image's life."""

    database: Database
    lease_s: float
    retention_days: int

    async def claim(
        self, job: Job, *, is_reserved: bool = False
    ) -> Claim | Arrival | Errand | None:
        """Take an image that is due, or reserved for us: the next attempt is this worker's alone.

        None where there is nothing to take. Raises UnknownOriginalError after having moved to Er.
        """
        guard = replace(_guard(job, BUSY), only_due=not is_reserved)
        async with self.database.transaction() as statements:
            image = await statements.guarded_update(
                guard, {"attempt": job.attempt + 1}, due_in_s=self.lease_s, touch=False
            )
            if image is None:
                return None
            job = replace(job, attempt=image.attempt)
            held = await _held(statements, job, image)
            if held is None:
                await statements.guarded_update(_guard(job, BUSY), MISSING_ORIGINAL.changes())
        if held is None:
            raise UnknownOriginalError(job.id)
        return held

    async def extend(self, claim: Held) -> bool:
        """Say that the work goes on; False means that it is another's now."""
        return await self.database.extend_lease(claim.job, self.lease_s)

    async def intend(self, claim: Claim, keys: Sequence[str]) -> bool:
        """Record keys before they are written, if the image is still this worker's."""
        async with self.database.transaction() as statements:
            if not await statements.extend_lease(claim.job, self.lease_s):
                return False
            await statements.intend(claim.job.tenant_id, keys, INTENT_S)
        return True

    async def succeed(
        self, claim: Claim, finding: Finding, thumbnails: Sequence[StoredObject]
    ) -> bool:
        """Move to Ok: fields and URLs switch to this attempt in one transaction."""
        async with self.database.transaction() as statements:
            image = await statements.guarded_update(
                _guard(claim.job, sources_of(Status.READY)),
                _success(claim, finding, thumbnails),
            )
            if image is None:
                return False
            await _record(statements, claim, finding, thumbnails)
            await statements.supersede(image.tenant_id, image.id, self.retention_days)
        return True

    async def fail(self, claim: Held, failure: Failure) -> bool:
        """Move to Er: the bytes are at fault, or we are and have tried often enough."""
        changes = failure.changes()
        if claim.image.served_revision is None:
            changes["file_type"] = failure.file_type
        guard = _guard(claim.job, sources_of(Status.FAILED))
        return await self.database.guarded_update(guard, changes) is not None

    async def postpone(self, claim: Held, *, unexpected: bool) -> bool:
        """Give the image back, to be tried again after a while."""
        image = claim.image
        changes: dict[str, Any] = {
            "retries": image.retries + 1,
            "failures": image.failures + unexpected,
        }
        if not unexpected and _busy_s(image) > WAITING_AFTER_S:
            changes |= {
                "status_reason": "waiting_for_storage",
                "status_detail": "The storage or the database does not answer; retrying.",
            }
        guard = _guard(claim.job, BUSY)
        delay = delay_s(image.retries)
        updated = await self.database.guarded_update(guard, changes, due_in_s=delay, touch=False)
        return updated is not None

    async def release(self, claim: Held) -> None:
        """Give the image back at once and unjudged: this worker is going down."""
        await self.database.guarded_update(_guard(claim.job, BUSY), {}, due_in_s=0, touch=False)

    async def disown(self, claim: Claim, keys: Sequence[str]) -> None:
        """After a lost race: have this attempt's keys deleted now."""
        await self.database.intend(claim.job.tenant_id, keys, 0)


def delay_s(retries: int) -> float:
    """Return the pause before the next try: doubling, bounded, with jitter."""
    longest = min(_LONGEST_DELAY_S, _FIRST_DELAY_S * 2 ** min(retries, 10))
    return random.uniform(longest / 2, longest)  # noqa: S311 only spreads the load


async def _held(statements: Statements, job: Job, image: Image) -> Claim | Arrival | Errand | None:
    """Say what a worker has got; None where nothing tells where the image's bytes are."""
    original = await statements.original_of(image.tenant_id, image.id, image.revision)
    if original is not None:
        wishes = await statements.wishes_of(image.tenant_id)
        return Claim(job, image, _tenant_in(original.key), original, wishes)
    incoming = await statements.newest_incoming(image.tenant_id, image.id)
    if incoming is not None and incoming.stage == Stage.ARRIVED and incoming.arrived_key:
        key = incoming.arrived_key
        return Arrival(job, image, _tenant_in(key), incoming, key)
    if image.revision == 0 and image.fetched_from is not None:
        name = await statements.tenant_name(image.tenant_id)
        return Errand(job, image, name, image.fetched_from)
    return None


def _tenant_in(key: str) -> str:
    return key.partition("/")[0]


def _guard(job: Job, statuses: frozenset[Status]) -> Guard:
    return Guard(job.tenant_id, job.image_id, statuses, job.revision, job.attempt)


def _busy_s(image: Image) -> float:
    since = image.busy_since or datetime.now(UTC)
    return (datetime.now(UTC) - since).total_seconds()


def _success(claim: Claim, finding: Finding, thumbnails: Sequence[StoredObject]) -> dict[str, Any]:
    keys: dict[str, str | None] = dict.fromkeys(THUMBNAIL_COLUMNS.values())
    keys |= {THUMBNAIL_COLUMNS[_size(item)]: item.key for item in thumbnails}
    return keys | {
        "status": Status.READY,
        "status_reason": None,
        "status_detail": None,
        "served_revision": claim.job.revision,
        "served_attempt": claim.job.attempt,
        "original_key": claim.original.key,
        "size_in_bytes": claim.original.size_in_bytes,
        "file_type": finding.file_type,
        "content_type": finding.content_type,
        "width": finding.width,
        "height": finding.height,
        "sha256": finding.sha256,
        "md5": finding.md5,
        "dominant_color": finding.dominant_color,
        "placeholder": finding.placeholder,
        "perceptual_hash": finding.perceptual_hash,
        "metadata": finding.metadata,
        **_said(claim.image, finding),
    }


def _said(image: Image, finding: Finding) -> dict[str, str | None]:
    """Return the texts that the file says, where they are empty or what the file before it said."""
    changes = {}
    for column, field in SAID_BY_FILES.items():
        if getattr(image, column) in {None, default_text(image.metadata, field)}:
            changes[column] = default_text(finding.metadata, field)
    return changes


async def _record(
    statements: Statements, claim: Claim, finding: Finding, thumbnails: Sequence[StoredObject]
) -> None:
    job = claim.job
    if not await statements.keep(job.tenant_id, [item.key for item in thumbnails]):
        raise UnavailableError("The attempt's keys were given up before its commit.")
    for item in thumbnails:
        await statements.insert_object(job.tenant_id, job.image_id, item)
    if finding.file_type is None or finding.content_type is None:
        return
    await statements.describe_original(
        job.tenant_id, job.image_id, job.revision, finding.file_type, finding.content_type
    )


def _size(item: StoredObject) -> Size:
    for size in THUMBNAIL_COLUMNS:
        if size == item.role:
            return size
    raise ValueError(f"{item.role} is no thumbnail")
