"""An original from a URL that a user gave to S3: hashed on the way, in bounded memory."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

from shared.domain.errors import SourceRefusedError
from shared.domain.job import Job
from shared.outgoing.requests import Limits, Outgoing
from shared.usecases.objects_ports import Original
from shared.usecases.processing.claims import Errand
from shared.usecases.tenants.admission import Admission
from shared.usecases.uploads.arriving import Arrivals

IDLE_S = 30.0
"""A source that is silent for so long will say nothing more."""


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Runs errands."""

    arrivals: Arrivals
    outgoing: Outgoing
    admission: Admission
    timeout_s: float

    async def bring_in(self, errand: Errand) -> Job | None:
        """Store what is behind the URL; return the job that is next, or None after a lost race.

        Raises an OutgoingError. What the source says about the bytes' type is not looked at.
        """
        room = await self.admission.admit(self.arrivals.database, errand.image.tenant_id, None)
        limits = Limits(self.timeout_s, min(IDLE_S, self.timeout_s), room.max_file_bytes)
        async with self.outgoing.get(errand.url, limits) as body:
            return await self.arrivals.store(errand, _something(body), room.check, _keep_all)


async def _something(body: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    is_empty = True
    async for chunk in body:
        is_empty = False
        yield chunk
    if is_empty:
        raise SourceRefusedError("It answers without any bytes.")


def _keep_all(_original: Original) -> None:
    """Take whatever came: nobody has announced what it should be."""
