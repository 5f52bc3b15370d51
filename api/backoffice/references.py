"""What other systems call images and categories: `/references`."""

from http import HTTPStatus
from urllib.parse import quote

from aiohttp import web

from api.backoffice.answers import PREFIX, data_answer
from api.backoffice.mapping import reference_data
from api.backoffice.requests import caller_needed, read_body
from api.backoffice.schema import LookupBody, ReferenceBody
from api.bodies import defer_continue
from api.context import LIBRARY
from api.idempotency import claim_of, idempotent
from api.urls import decode_segment
from shared.domain.image import Principal, Role
from shared.domain.link import LinkName, parse_link_name

REFERENCES = f"{PREFIX}/references"
ONE = REFERENCES + "/{ref:(?!lookup$)[^/]+}"


def routes() -> list[web.RouteDef]:
    """Return the routes."""
    return [
        web.post(REFERENCES, post_reference, expect_handler=defer_continue),
        web.post(f"{REFERENCES}/lookup", lookup_references, expect_handler=defer_continue),
        web.get(ONE, get_reference),
        web.delete(ONE, delete_reference),
    ]


@caller_needed(Role.EDITOR)
@idempotent
async def post_reference(request: web.Request, principal: Principal) -> web.Response:
    """`POST /references`."""
    wanted = await read_body(request, ReferenceBody)
    record = await request.app[LIBRARY].references.create(
        principal.tenant,
        LinkName(wanted.provider, wanted.id),
        wanted.urn,
        wanted.expires_at,
        claim_of(request),
    )
    location = f"{REFERENCES}/{quote(str(record.name), safe=':')}"
    return data_answer(reference_data(record), HTTPStatus.CREATED, location=location)


@caller_needed(Role.READER)
async def lookup_references(request: web.Request, principal: Principal) -> web.Response:
    """`POST /references/lookup`: those of up to 100 that there are."""
    wanted = await read_body(request, LookupBody)
    found = await request.app[LIBRARY].references.lookup(principal.tenant, wanted.refs)
    return data_answer([reference_data(record) for record in found])


@caller_needed(Role.READER)
async def get_reference(request: web.Request, principal: Principal) -> web.Response:
    """`GET /references/{provider:id}`."""
    record = await request.app[LIBRARY].references.by_name(principal.tenant, _name(request))
    return data_answer(reference_data(record))


@caller_needed(Role.EDITOR)
async def delete_reference(request: web.Request, principal: Principal) -> web.Response:
    """`DELETE /references/{provider:id}`."""
    await request.app[LIBRARY].references.delete(principal.tenant, _name(request))
    return web.Response(status=HTTPStatus.NO_CONTENT)


def _name(request: web.Request) -> LinkName:
    """Return the name in the path's last segment, decoded once."""
    return parse_link_name(decode_segment(request.rel_url.raw_path.rpartition("/")[2]), "reference")
