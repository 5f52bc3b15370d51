"""What fsck sees in the database alone: work that nobody does, and rows that contradict others."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from uuid import UUID

from shared.domain.image import Tenant
from shared.usecases.upkeep.inspection import (
    Finding,
    ImageState,
    Inspection,
    Kind,
    Overdue,
    Tolerance,
)
from shared.usecases.upkeep.walking import paged

TOLERANCE = Tolerance(overdue_s=3600.0, tries=8)
"""A long queue makes late too, but not by an hour; eight tries take the sweeper as long."""

_FIRST = UUID(int=0)


async def overdue_work(
    inspection: Inspection,
    tenant: Tenant,
    mend: Callable[[int, int], Awaitable[str | None]] | None = None,
) -> AsyncGenerator[Finding, None]:
    """Yield what is wrong with a tenant's images, deletions and uploads.

    `mend` counts the links of a tenant's image anew, and says so.
    """
    async for image in paged(
        lambda after: inspection.images(tenant.id, after), 0, lambda image: image.id
    ):
        for finding in _of_image(tenant, image):
            yield finding
        if image.links_miscounted:
            detail = "Its numLinks is not the number of its links and reference records."
            repair = await mend(tenant.id, image.id) if mend else None
            yield Finding(Kind.COUNTER, tenant.name, image.reference, detail, repair)
    async for late in paged(
        lambda after: inspection.deletions(tenant.id, after, TOLERANCE), "", lambda late: late.key
    ):
        yield Finding(Kind.OVERDUE_DELETION, tenant.name, late.key, _lateness(late))
    async for late in paged(
        lambda after: inspection.uploads(tenant.id, after, TOLERANCE),
        _FIRST,
        lambda late: late.id or _FIRST,
    ):
        yield Finding(Kind.EXPIRED_UPLOAD, tenant.name, late.key, _lateness(late))


def _of_image(tenant: Tenant, image: ImageState) -> Iterator[Finding]:
    if image.busy and image.overdue_s is None:
        detail = f"It is {image.status} and nobody is due to work on it."
        yield Finding(Kind.STUCK, tenant.name, image.reference, detail)
    elif image.busy and (image.overdue_s or 0) > TOLERANCE.overdue_s:
        detail = f"It is {image.status} and was due {_hours(image.overdue_s or 0)} ago."
        yield Finding(Kind.STUCK, tenant.name, image.reference, detail)
    if image.counter_behind:
        detail = "Its next revision would have a number that was used already."
        yield Finding(Kind.COUNTER, tenant.name, image.reference, detail)
    for key in image.unrecorded:
        detail = f"{image.reference} shows this key, and no row says what it is."
        yield Finding(Kind.UNRECORDED, tenant.name, key, detail)


def _lateness(late: Overdue) -> str:
    if late.overdue_s > 0:
        return f"It was due {_hours(late.overdue_s)} ago and was tried {late.tries} times."
    return f"It was tried {late.tries} times; the next try is due."


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h"
