"""fsck: the database against itself, and the bucket against the database, both ways.

Nothing stands still meanwhile. So what looks wrong is looked at again, at a time when it would be
in order if it had only moved: bytes are written before their row, and rows go after their bytes.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from shared.domain.errors import ObjectMissingError, UnavailableError
from shared.domain.image import Image, Tenant
from shared.domain.status import Status
from shared.usecases.ports import Database, Storage
from shared.usecases.processing.overdue import overdue_work
from shared.usecases.processing.processing import INTENT_S, MISSING_ORIGINAL
from shared.usecases.upkeep.inspection import Finding, Kind, Recorded, StoredKey
from shared.usecases.upkeep.matching import match_of
from shared.usecases.upkeep.repairing import Repairer, is_newest_original
from shared.usecases.upkeep.walking import batches, in_order, paged, side_by_side
from shared.usecases.uploads.upload import LATECOMERS_S

AT_ONCE = 8
"""Keys looked at closely, or read, at the same time."""

MARGIN_S = 3600.0
"""Beyond the longest upload: clocks differ, and the sweeper may be behind."""


def grace_s(upload_timeout_s: float) -> float:
    """Return the age, in seconds, below which a stray key is left alone."""
    return max(upload_timeout_s + LATECOMERS_S, INTENT_S) + MARGIN_S


@dataclass(slots=True)
class Tally:
    """What was looked at; `known_losses` are originals whose image says already that they are."""

    objects: int = 0
    bytes: int = 0
    young: int = 0
    known_losses: int = 0


def _no_progress(_objects: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Checker:
    """One run. `deep` reads all bytes and compares hashes; `grace_s` is the age of strays."""

    database: Database
    storage: Storage
    grace_s: float
    deep: bool = False
    repairer: Repairer | None = None
    progress: Callable[[int], None] = _no_progress
    tally: Tally = field(default_factory=Tally)

    async def findings(self, tenant: Tenant | None = None) -> AsyncGenerator[Finding, None]:
        """Yield what is wrong with one tenant, or with all and with the bucket as a whole."""
        name = tenant.name if tenant else None
        if self.repairer is not None:
            await self._check_match(name)
        async for owner in self._tenants(name):
            mend = self.repairer.links if self.repairer else None
            async for finding in overdue_work(self.database.inspection, owner, mend):
                yield finding
            if (off := await self._usage(owner)) is not None:
                yield off
        async with aclosing(self._pairs(name)) as pairs:
            async for batch in batches(pairs, AT_ONCE):
                found = await asyncio.gather(*(self._compare(*pair) for pair in batch))
                self.progress(self.tally.objects)
                for finding in filter(None, found):
                    yield finding

    async def _usage(self, tenant: Tenant) -> Finding | None:
        found = await self.database.inspection.usage(tenant.id)
        counted = (found.images, found.deleted_images, found.bytes)
        true = (found.true_images, found.true_deleted_images, found.true_bytes)
        if counted == true:
            return None
        repair = await self.repairer.usage(tenant.id) if self.repairer else None
        detail = "It has {} images, {} of them deleted, and {} bytes of originals; ".format(
            *true
        ) + "counted are {}, {} and {}.".format(*counted)
        return Finding(Kind.COUNTER, tenant.name, f"usage of {tenant.name}", detail, repair)

    async def _check_match(self, name: str | None) -> None:
        """Refuse to repair where bucket and database seem not to belong together."""
        owners: dict[str, Tenant | None] = {}

        async def is_stray(item: StoredKey) -> bool:
            name = _owner(item.key)
            if name not in owners:
                owners.clear()  # keys ascend: one owner follows the other
                owners[name] = await self.database.tenant_by_name(name)
            tenant = owners[name]
            if tenant is None or _age_s(item) < self.grace_s:
                return False
            return not await self.database.inspection.is_held(tenant.id, item.key)

        async with aclosing(self._pairs(name)) as pairs:
            (await match_of(pairs, is_stray)).check()

    def _pairs(
        self, name: str | None
    ) -> AsyncGenerator[tuple[Recorded | None, StoredKey | None], None]:
        stored = in_order(self.storage.keys(f"{name}/" if name else ""))
        return side_by_side(self._recorded(name), stored)

    def _tenants(self, name: str | None) -> AsyncGenerator[Tenant, None]:
        inspection = self.database.inspection
        return paged(
            lambda after: inspection.tenants(name, after), "", lambda tenant: f"{tenant.name}/"
        )

    async def _recorded(self, name: str | None) -> AsyncGenerator[Recorded, None]:
        inspection = self.database.inspection
        async for tenant in self._tenants(name):
            page = partial(inspection.objects, tenant.id)
            async for row in paged(page, "", lambda row: row.key):
                yield row

    async def _compare(self, row: Recorded | None, item: StoredKey | None) -> Finding | None:
        self.tally.objects += 1
        if row is None:
            return await self._stray(item) if item is not None else None
        if item is None:
            return await self._missing(row)
        self.tally.bytes += item.size_in_bytes
        if item.size_in_bytes != row.size_in_bytes:
            return await self._wrong_size(row)
        return await self._wrong_hash(row) if self.deep else None

    async def _missing(self, row: Recorded) -> Finding | None:
        if await self._stored(row.key) or not await self._is_recorded(row):
            return None
        image = await self.database.image_by_id(row.tenant_id, row.image_id)
        if image is None:
            return None
        if is_newest_original(image, row) and _is_known_loss(image):
            self.tally.known_losses += 1
            return None
        repair = await self.repairer.missing(image, row) if self.repairer else None
        detail = f"The bucket lacks this {row.role} of {image.reference}, revision {row.revision}."
        return Finding(Kind.MISSING, _owner(row.key), row.key, detail, repair)

    async def _stray(self, item: StoredKey) -> Finding | None:
        age_s = _age_s(item)
        if age_s < self.grace_s:
            self.tally.young += 1
            return None
        tenant = await self.database.tenant_by_name(_owner(item.key))
        if tenant is None:
            detail = "No tenant has keys that begin like this; nothing here will delete it."
            return Finding(Kind.FOREIGN, None, item.key, detail)
        if await self.database.inspection.is_held(tenant.id, item.key):
            return None
        if await self._stored(item.key) is None:
            return None
        repair = await self.repairer.orphan(tenant.id, item.key) if self.repairer else None
        detail = f"Nobody knows of these {item.size_in_bytes} bytes, {age_s / 3600:.0f} h old."
        return Finding(Kind.ORPHAN, tenant.name, item.key, detail, repair)

    async def _wrong_size(self, row: Recorded) -> Finding | None:
        item = await self._stored(row.key)
        if item is None or item.size_in_bytes == row.size_in_bytes:
            return None
        if not await self._is_recorded(row):
            return None
        detail = f"The bucket has {item.size_in_bytes} bytes, {row.size_in_bytes} were stored."
        return Finding(Kind.WRONG_SIZE, _owner(row.key), row.key, detail)

    async def _wrong_hash(self, row: Recorded) -> Finding | None:
        try:
            digest = await self._read(row.key)
        except ObjectMissingError:
            return await self._missing(row)
        except UnavailableError as error:
            return await self._unreadable(row, error)
        if digest == row.sha256 or not await self._is_recorded(row):
            return None
        detail = f"The bytes have SHA-256 {digest.hex()}, {row.sha256.hex()} was stored."
        return Finding(Kind.WRONG_HASH, _owner(row.key), row.key, detail)

    async def _read(self, key: str) -> bytes:
        """Return the hash; a second time if the storage breaks off, which it may do by chance."""
        try:
            return await self._hash_of(key)
        except UnavailableError:
            await self.storage.ping()
            return await self._hash_of(key)

    async def _hash_of(self, key: str) -> bytes:
        digest = hashlib.sha256()
        async for chunk in self.storage.read(key):
            digest.update(chunk)
        return digest.digest()

    async def _unreadable(self, row: Recorded, error: UnavailableError) -> Finding | None:
        """Tell one object that cannot be read from a storage that is away, which ends the run."""
        await self.storage.ping()
        if not await self._is_recorded(row):
            return None
        detail = f"The bucket has it but does not give it, tried twice: {error.detail}"
        return Finding(Kind.UNREADABLE, _owner(row.key), row.key, detail)

    async def _is_recorded(self, row: Recorded) -> bool:
        return await self.database.inspection.is_recorded(row.tenant_id, row.key)

    async def _stored(self, key: str) -> StoredKey | None:
        """Look at one key again: the first of those that begin with it, if it is there."""
        async with aclosing(self.storage.keys(key)) as items:
            item = await anext(items, None)
        return item if item is not None and item.key == key else None


def _is_known_loss(image: Image) -> bool:
    return image.status is Status.FAILED and image.status_reason == MISSING_ORIGINAL.reason


def _age_s(item: StoredKey) -> float:
    return (datetime.now(UTC) - item.modified).total_seconds()


def _owner(key: str) -> str:
    return key.partition("/")[0]
