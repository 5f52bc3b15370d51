"""Reading a tenant's events from where a reader left off."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.errors import EventsGoneError
from shared.domain.event import Event
from shared.domain.image import Tenant
from shared.domain.signature import AddressSigner
from shared.usecases.events.ports import EventStatements

PAGE = 100
"""Events that are read at once: what one reader holds in memory."""


@dataclass(frozen=True, slots=True)
class Events:
    """What readers ask for; `cdn_base` begins the URLs of what is ready, `signer` signs some."""

    statements: EventStatements
    cdn_base: str
    signer: AddressSigner

    async def begin(self, tenant: Tenant, last_seq: int | None) -> int:
        """Return the number after which to read: the reader's own, or that of now.

        Raises EventsGoneError where events after the reader's number are not kept any more, or
        where the number was never given out.
        """
        span = await self.statements.event_span(tenant.id)
        if last_seq is None:
            return span.head
        if not span.floor <= last_seq <= span.head:
            raise EventsGoneError(
                f"Events are kept after {span.floor} up to {span.head}, and {last_seq} is not "
                "among these: connect without Last-Event-ID, and read the list of images anew.",
                field="Last-Event-ID",
            )
        return last_seq

    async def after(self, tenant: Tenant, seq: int) -> Sequence[Event]:
        """Return what comes next, at most a page.

        Raises EventsGoneError where the next one is not kept any more.
        """
        pads = self.signer.pads(time.time())
        page = await self.statements.events_after(tenant.id, seq, PAGE, self.cdn_base, pads)
        if page and page[0].seq != seq + 1:
            raise EventsGoneError(f"The events after {seq} are not kept any more.")
        return page
