"""Whether bucket and database belong together, before a repair deletes what one does not know."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from shared.domain.errors import StorageRefusedError
from shared.usecases.upkeep.inspection import Recorded, StoredKey

FEW = 10
"""So many strays are no sign of a wrong database, however few keys it knows."""


@dataclass(slots=True)
class Match:
    """Keys that both have, that only the database has, and old ones that only the bucket has."""

    known: int = 0
    missing: int = 0
    strays: int = 0

    def check(self) -> None:
        """Raise StorageRefusedError where one of the two seems to be another installation's."""
        if self.missing and not self.known:
            raise StorageRefusedError(
                "The bucket holds nothing of what the database has, which --repair would give "
                "up: is FOTOTECA_S3_BUCKET right?"
            )
        if self.strays > max(self.known, FEW):
            raise StorageRefusedError(
                f"The database does not know {self.strays} old keys of the bucket, which --repair "
                f"would delete, and knows {self.known}: is FOTOTECA_DATABASE_URL right?"
            )


async def match_of(
    pairs: AsyncIterator[tuple[Recorded | None, StoredKey | None]],
    is_stray: Callable[[StoredKey], Awaitable[bool]],
) -> Match:
    """Count what stands side by side; `is_stray` says whether a repair would look at a key."""
    match = Match()
    async for row, item in pairs:
        if item is None:
            match.missing += 1
        elif row is not None:
            match.known += 1
        elif await is_stray(item):
            match.strays += 1
    return match
