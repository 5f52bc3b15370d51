"""After a presigned upload: what arrived is looked at, made safe, and given to the workers."""

from collections.abc import Sequence
from dataclasses import dataclass

from uuid_utils.compat import uuid4

from shared.domain.errors import ConflictError, ObjectMissingError, StorageRefusedError
from shared.domain.image import Image, Tenant
from shared.domain.job import Job
from shared.domain.keys import incoming_key
from shared.domain.reference import Reference
from shared.domain.status import Status
from shared.usecases.editing.conditions import existing
from shared.usecases.editing.images_ports import Guard
from shared.usecases.ports import Bell, Database, Storage
from shared.usecases.processing.processing import INTENT_S
from shared.usecases.ringing import ring_or_leave
from shared.usecases.uploads.incoming import part_sizes
from shared.usecases.uploads.incoming_ports import Incoming, Stage, StoredPart


@dataclass(frozen=True, slots=True)
class Completion:
    """Moves images whose bytes have arrived from Vd to Up."""

    database: Database
    storage: Storage
    bell: Bell
    longest_s: float

    async def complete(
        self, tenant: Tenant, reference: Reference, etags: Sequence[str] | None = None
    ) -> Image:
        """Move an image from Vd to Up; one that was moved already is as asked.

        `etags`, of the parts in their order, are compared with those that S3 has.
        """
        image = existing(await self.database.image_by_reference(tenant.id, reference), reference)
        upload = await self.database.newest_incoming(tenant.id, image.id)
        if upload is None:
            if await self.database.holds_arrival(tenant.id, image.id):
                return image  # it was, so long ago that the upload's record is gone
            raise _nothing_open(image)
        if upload.stage != Stage.OPEN:
            now = await self.database.image_by_reference(tenant.id, reference)
            return existing(now, reference)
        _check_waiting(image)
        try:
            accepted = await self._take_over(tenant, upload, image, etags)
        except ConflictError:
            if await self._is_open(upload, image):
                raise
            accepted = None
        if accepted is None:
            return await self.complete(tenant, reference)
        await ring_or_leave(
            self.bell, Job(tenant.id, accepted.id, accepted.revision, accepted.attempt)
        )
        return accepted

    async def _take_over(
        self, tenant: Tenant, upload: Incoming, image: Image, etags: Sequence[str] | None
    ) -> Image | None:
        """Commit to what has arrived; None where another call has done so."""
        if upload.multipart_id is not None:
            await self._join(upload, upload.multipart_id, etags)
            await self._check_size(upload, upload.key)
            arrived_key = upload.key  # nobody can write there: the parts' URLs died with the join
        else:
            arrived_key = await self._secure(tenant, upload)
        return await self._accept(upload, image, arrived_key)

    async def _is_open(self, upload: Incoming, image: Image) -> bool:
        """Whether nobody has completed it meanwhile: then its bytes may have gone already."""
        newest = await self.database.newest_incoming(upload.tenant_id, image.id)
        return newest is None or (newest.id, newest.stage) == (upload.id, Stage.OPEN)

    async def _secure(self, tenant: Tenant, upload: Incoming) -> str:
        """Copy what is there now to where the client, whose URL still lives, cannot write."""
        await self._check_size(upload, upload.key)
        target = incoming_key(tenant.name, uuid4())
        await self.database.intend(tenant.id, [target], INTENT_S)
        try:
            await self.storage.copy(upload.key, target)
        except ObjectMissingError as error:
            raise _incomplete(upload, 0) from error
        await self._check_size(upload, target)
        return target

    async def _check_size(self, upload: Incoming, key: str) -> None:
        size_in_bytes = await self.storage.size_of(key)
        if size_in_bytes != upload.size_in_bytes:
            raise _incomplete(upload, size_in_bytes or 0)

    async def _join(self, upload: Incoming, multipart_id: str, etags: Sequence[str] | None) -> None:
        """Have S3 put the parts together; where it knows none any more, that was done already."""
        try:
            parts = await self.storage.parts(upload.key, multipart_id)
            _check_parts(upload, parts, etags)
            await self.storage.complete_multipart(
                upload.key, multipart_id, [part.etag for part in parts]
            )
        except ObjectMissingError:
            return
        except StorageRefusedError as error:
            raise ConflictError(
                "The storage cannot put the parts together: send them again, then complete."
            ) from error

    async def _accept(self, upload: Incoming, image: Image, arrived_key: str) -> Image | None:
        """Commit; None where another call has done so."""
        tenant_id = upload.tenant_id
        async with self.database.transaction() as statements:
            is_copy = arrived_key != upload.key
            if not await statements.accept_incoming(upload, arrived_key):
                if is_copy:
                    await statements.intend(tenant_id, [arrived_key], 0)
                return None
            if is_copy and not await statements.keep(tenant_id, [arrived_key]):
                raise ConflictError("This took too long; complete the upload again.")
            guard = Guard(tenant_id, image.id, frozenset({Status.VOID}), revision=0)
            changes = {"status": Status.UPDATING, "size_in_bytes": upload.size_in_bytes}
            accepted = await statements.guarded_update(guard, changes, due_in_s=0)
            if accepted is None:
                raise _replaced()
            if is_copy:
                await statements.intend(tenant_id, [upload.key], 0)
        return accepted


def _check_waiting(image: Image) -> None:
    if image.status is not Status.VOID:
        raise _replaced()


def _check_parts(
    upload: Incoming, parts: Sequence[StoredPart], etags: Sequence[str] | None
) -> None:
    sizes = list(part_sizes(upload))
    there = {part.number: part.size_in_bytes for part in parts}
    lacking = [number for number, size in enumerate(sizes, start=1) if there.get(number) != size]
    if lacking or len(parts) != len(sizes):
        named = ", ".join(map(str, lacking[:20]))
        raise ConflictError(
            f"{len(lacking)} of {len(sizes)} parts have not arrived as they were announced "
            f"(numbers {named}): send them, then complete.",
            field="parts",
        )
    if etags is not None and [_bare(part.etag) for part in parts] != [*map(_bare, etags)]:
        raise ConflictError(
            "The parts' ETags are not those of what has arrived: send them again, then complete.",
            field="parts",
        )


def _bare(etag: str) -> str:
    return etag.strip().strip('"').lower()


def _incomplete(upload: Incoming, size_in_bytes: int) -> ConflictError:
    came = f"{size_in_bytes} bytes have" if size_in_bytes else "Nothing has"
    until = " Its URL has expired: POST /images again for a fresh one." * upload.is_expired
    return ConflictError(
        f"{came} arrived, {upload.size_in_bytes} were announced: send the bytes to the upload's "
        f"URL, then complete.{until}"
    )


def _replaced() -> ConflictError:
    return ConflictError(
        "Other bytes were stored under this reference meanwhile; those of this upload are not kept."
    )


def _nothing_open(image: Image) -> ConflictError:
    if image.status is Status.VOID:
        return ConflictError(
            "The upload of this image has expired: POST /images again for a fresh one, or PUT."
        )
    return ConflictError("This image has no upload to complete; it was stored otherwise.")
