"""Earlier uploads of an image: `/images({reference})/revisions`."""

from typing import Any

from aiohttp import web

from api.addresses import Addresses, addresses_for
from api.auth import principal_needed
from api.context import LIBRARY
from api.dam.answers import image_answer, view_of
from api.dam.conditions import precondition
from api.dam.paging import page_answer, read_page
from api.dam.paths import ONE, reference_of
from api.dam.schema import time_of
from api.dam.statuses import STATUS_OF
from api.idempotency import idempotent
from shared.domain.errors import NotFoundError
from shared.domain.expression import Column, Type
from shared.domain.image import Image, Principal, Role
from shared.usecases.editing.ports import Revision
from shared.usecases.editing.revisions import NEWEST

KEYS = ((Column("revision", Type.INTEGER), True),)


def routes() -> list[web.RouteDef]:
    """Return the routes."""
    return [
        web.get(ONE + "/revisions", list_revisions),
        web.post(ONE + r"/revisions/{revision:\d{1,20}}/restore", restore_revision),
    ]


@principal_needed(Role.READER)
async def list_revisions(request: web.Request, principal: Principal) -> web.Response:
    """`GET …/revisions`: those whose original is there, the newest first."""
    library, reference = request.app[LIBRARY], reference_of(request)
    options = read_page(request, KEYS)
    before = NEWEST if options.after is None else min(NEWEST, max(0, int(str(options.after[0]))))
    image, revisions = await library.revisions.page(
        principal.tenant, reference, before, options.size + 1
    )
    addresses = addresses_for(request, principal)
    zone = "Z" if options.dialect.is_minimal else ""
    return page_answer(
        request,
        options,
        revisions,
        lambda revision: _wire(revision, image, addresses, zone),
        lambda revision: (revision.revision,),
    )


@principal_needed(Role.EDITOR)
@idempotent
async def restore_revision(request: web.Request, principal: Principal) -> web.Response:
    """`POST …/revisions/{n}/restore`: 202, or 200 where it is the newest and Ok."""
    reference, view = reference_of(request), view_of(request, principal)
    number = int(request.match_info["revision"])
    if number > NEWEST:
        raise NotFoundError(f"There is no revision {number}.")
    image, effect = await request.app[LIBRARY].revisions.restore(
        principal.tenant, reference, number, precondition(request)
    )
    return image_answer(view, image, STATUS_OF[effect])


def _wire(revision: Revision, image: Image, addresses: Addresses, zone: str) -> dict[str, Any]:
    created, kept = revision.created_on, revision.kept_until
    return {
        "revision": revision.revision,
        "createdOn": time_of(created) + zone if created else None,
        "sizeInBytes": revision.size_in_bytes,
        "sha256": revision.sha256.hex(),
        "fileType": revision.file_type,
        "originalUrl": addresses.of_original(revision.key),
        "isServed": revision.revision == image.served_revision,
        "isNewest": revision.revision == image.revision,
        "keptUntil": time_of(kept) + zone if kept else None,
    }
