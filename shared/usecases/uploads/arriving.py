"""The worker's way in: bytes from elsewhere become an image's next revision.

Each try has a revision number and a key of its own, so that no two write to the same one; the
bytes that were hashed are those that are stored.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from uuid_utils.compat import uuid4

from shared.domain.errors import ObjectMissingError, UnavailableError
from shared.domain.job import Job
from shared.domain.keys import original_key
from shared.domain.status import BUSY
from shared.usecases.editing.images_ports import Guard
from shared.usecases.objects_ports import Original, Upload, transfer_s
from shared.usecases.persistence import to_its_end
from shared.usecases.ports import Database, Statements, Storage
from shared.usecases.processing.claims import Arrival, Held
from shared.usecases.processing.processing import Failure
from shared.usecases.uploads.incoming import linger_s
from shared.usecases.uploads.intake import Intake, at_most
from shared.usecases.uploads.revision import insert_original
from shared.usecases.uploads.upload import LATECOMERS_S, give_up

COPY_S = 3600.0
"""Longer than a worker may take for one job, besides the time in which it reads the bytes."""


class ArrivedMissingError(Exception):
    """S3 answers, lists its keys, and what arrived is not among them."""


class ArrivedShortError(Exception):
    """S3 gave fewer bytes than it has: it may give all of them next time."""


class ArrivedOtherError(Exception):
    """What arrived is not what was announced: `failure` says how."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


class _LostError(Exception):
    """The image is another worker's now."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Stores what a worker brings in; `longest_s` is the longest upload."""

    database: Database
    storage: Storage
    longest_s: float
    scratch: Path | None = None

    async def bring_in(self, arrival: Arrival) -> Job | None:
        """Copy what arrived; return the job that is next, or None after a lost race."""

        def check(original: Original) -> None:
            _check(arrival, original)

        async with aclosing(self._arrived(arrival.key)) as body:
            return await self.store(arrival, body, at_most(arrival.incoming.size_in_bytes), check)

    async def store(
        self,
        held: Held,
        body: AsyncIterator[bytes],
        check_size: Callable[[int], None],
        check: Callable[[Original], None],
    ) -> Job | None:
        """Store a body as the next revision of an image that stays busy.

        Return the job that is next, or None after a lost race. `check` raises if the bytes, all
        of which have come, are not to be kept.
        """
        upload = await self._begin(held)
        if upload is None:
            return None

        async def note(multipart_id: str) -> None:
            if not await self.database.note_multipart(upload, multipart_id):
                raise UnavailableError("The upload's record is gone.")

        intake = Intake(self.storage, upload.key, note, check=check_size, scratch=self.scratch)
        try:
            original = await intake.receive(body)
            check(original)
            return await self._commit(held, upload, original)
        except BaseException as error:
            await to_its_end(give_up(self.database, upload, intake))
            if isinstance(error, _LostError):
                return None
            raise

    async def fail(self, held: Held, failure: Failure) -> bool:
        """Move to Er; what arrived is no longer needed."""
        async with self.database.transaction() as statements:
            guard = _guard(held)
            if await statements.guarded_update(guard, failure.changes()) is None:
                return False
            await self._conclude(statements, held)
        return True

    async def _arrived(self, key: str) -> AsyncGenerator[bytes, None]:
        try:
            async for chunk in self.storage.read(key):
                yield chunk
        except ObjectMissingError as error:
            if await self.storage.exists(key):
                raise UnavailableError("The storage lists a key but does not give it.") from error
            raise ArrivedMissingError(key) from error

    async def _begin(self, held: Held) -> Upload | None:
        image = held.image
        async with self.database.transaction() as statements:
            revision = await statements.next_revision(image.tenant_id, image.id)
            if revision is None:
                return None
            upload = Upload(
                id=uuid4(),
                tenant_id=image.tenant_id,
                image_id=image.id,
                uid=image.uid,
                reference=image.reference,
                revision=revision,
                base_revision=image.revision,
                key=original_key(held.tenant, image.uid, revision, image.reference),
            )
            size = held.incoming.size_in_bytes if isinstance(held, Arrival) else 0
            await statements.begin_upload(upload, COPY_S + transfer_s(size) + LATECOMERS_S)
        return upload

    async def _commit(self, held: Held, upload: Upload, original: Original) -> Job:
        async with self.database.transaction() as statements:
            if not await statements.consume_upload(upload):
                raise UnavailableError("Storing the bytes took too long.")
            changes = {
                "revision": upload.revision,
                "attempt": 0,
                "status_reason": None,
                "status_detail": None,
                "failures": 0,
                "retries": 0,
                "source_missed_on": None,
                "original_key": upload.key,
                "size_in_bytes": original.size_in_bytes,
                "sha256": original.sha256,
            }
            image = await statements.guarded_update(_guard(held), changes, due_in_s=0)
            if image is None:
                raise _LostError
            # In this order: what arrived counts towards the quota no more when its copy does.
            has_arrived = await self._conclude(statements, held)
            await insert_original(statements, image, upload, original)
            if has_arrived:
                await statements.note_arrival(image.tenant_id, image.id, upload.revision)
        return replace(held.job, revision=upload.revision, attempt=0)

    async def _conclude(self, statements: Statements, held: Held) -> bool:
        """Have what arrived go; False where it was fetched, not sent."""
        linger = linger_s(self.longest_s)
        key = await statements.conclude_incoming(held.image.tenant_id, held.image.id, linger)
        if key is not None:
            await statements.intend(held.image.tenant_id, [key], 0)
        return key is not None


def _guard(held: Held) -> Guard:
    job = held.job
    return Guard(job.tenant_id, job.image_id, BUSY, job.revision, job.attempt)


def _check(arrival: Arrival, original: Original) -> None:
    announced = arrival.incoming
    if original.size_in_bytes < announced.size_in_bytes:
        raise ArrivedShortError(arrival.key)
    if announced.sha256 is not None and original.sha256 != announced.sha256:
        detail = (
            f"The bytes have SHA-256 {original.sha256.hex()}, {announced.sha256.hex()} was "
            "announced: PUT the right ones."
        )
        raise ArrivedOtherError(Failure("wrong_hash", detail))
