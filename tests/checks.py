"""How tests run fsck, and the faults that it is to find."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from shared.domain.errors import UnavailableError
from shared.domain.image import Tenant
from shared.settings import Settings
from shared.storage.s3 import open_storage
from shared.usecases.ports import Database, Storage
from shared.usecases.upkeep.checking import Checker, Tally, grace_s
from shared.usecases.upkeep.inspection import Finding
from shared.usecases.upkeep.repairing import Repairer
from tests.bucket import Bucket

LONG_AGO = "1700000000"


@dataclass(frozen=True)
class Fsck:
    """A check of one library."""

    database: Database
    settings: Settings

    async def run(
        self, *, deep: bool = False, repair: bool = False, tenant: Tenant | None = None
    ) -> tuple[list[Finding], Tally]:
        """Check everything."""
        async with self.checker(deep=deep, repair=repair) as checker:
            return [found async for found in checker.findings(tenant)], checker.tally

    async def found(self, **options: Any) -> list[tuple[str, str]]:
        """Return kinds and subjects of what is found, in order."""
        return sorted((found.kind.value, found.subject) for found in (await self.run(**options))[0])

    @asynccontextmanager
    async def checker(self, *, deep: bool = False, repair: bool = False) -> AsyncIterator[Checker]:
        """One run that has not begun."""
        async with open_storage(self.settings) as storage:
            repairer = Repairer(self.database) if repair else None
            grace = grace_s(self.settings.upload_timeout_s)
            yield Checker(self.database, storage, grace, deep, repairer)


class Torn:
    """The real storage, which breaks off within one object each time that it is read."""

    def __init__(self, real: Storage, key: str) -> None:
        self._real = real
        self._key = key

    def __getattr__(self, name: str) -> Any:
        """Return the real one's attribute."""
        return getattr(self._real, name)

    async def read(self, key: str) -> AsyncIterator[bytes]:
        """Yield the bytes."""
        async for chunk in self._real.read(key):
            yield chunk
        if key == self._key:
            raise UnavailableError("It broke off.")


async def put_old(bucket: Bucket, key: str, data: bytes = b"stray") -> None:
    """Write a key that is old, by the header with which rclone lets clients say so."""
    await bucket.s3.put_object(Bucket=bucket.name, Key=key, Body=data, Metadata={"mtime": LONG_AGO})
