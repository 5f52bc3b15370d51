"""The list, how many there are, and what there is to ask for."""

from urllib.parse import quote

import orjson
from aiohttp import hdrs, web

from api.addresses import addresses_for
from api.auth import principal_needed
from api.context import LIBRARY, Library
from api.dam.answers import declaration, json_answer
from api.dam.odata.dialect import dialect_of
from api.dam.odata.metadata import csdl, service_document
from api.dam.odata.query import OF_LISTS, read_query
from api.dam.options import ListOptions, read_list, read_selection
from api.fast_response import fast_response
from shared.domain.errors import InvalidInputError
from shared.domain.image import Principal, Role
from shared.usecases.access.keys import require
from shared.usecases.lists_ports import Page, Total


def routes() -> list[web.RouteDef]:
    """Return the routes."""
    return [
        web.get("/images", list_images),
        web.get("/images/$count", count_images),
        web.get("/$metadata", metadata),
        web.get("/", service),
    ]


@principal_needed(Role.READER)
async def list_images(request: web.Request, principal: Principal) -> web.StreamResponse:
    """`GET /images`."""
    library = request.app[LIBRARY]
    given = read_query(request.rel_url.raw_query_string, OF_LISTS)
    pads = addresses_for(request, principal).pads
    options = read_list(given, request.headers, library.skiptokens, pads)
    if options.page.selection.deleted:
        require(principal, Role.EDITOR)
    base = library.settings.cdn_base
    page = await library.images.page(principal.tenant, options.page, base)
    total = None
    if options.counted:
        total = await library.images.total(principal.tenant, options.page.selection, base)
        total = total.at_least(options.page.skip + page.size + (page.last is not None))
    body = _envelope(options, page, total, given, library)
    headers = (*declaration(options.dialect), (hdrs.CACHE_CONTROL, "private, no-cache"))
    if options.preference_applied:
        headers += (("Preference-Applied", options.preference_applied),)
    return fast_response(request, body, headers)


@principal_needed(Role.READER)
async def count_images(request: web.Request, principal: Principal) -> web.Response:
    """`GET /images/$count`: a number, as text."""
    library = request.app[LIBRARY]
    options = read_query(request.rel_url.raw_query_string, OF_LISTS)
    dialect_of(request.headers, options.get("$format"))
    selection = read_selection(options)
    if selection.deleted:
        require(principal, Role.EDITOR)
    base = library.settings.cdn_base
    total = await library.images.total(principal.tenant, selection, base)
    headers = {"Fototeca-Count-Is-Estimate": "true"} if total.is_estimate else {}
    return web.Response(text=str(total.count), headers=headers)


async def metadata(request: web.Request) -> web.Response:
    """`GET /$metadata`: the schema, for anyone."""
    asked = read_query(request.rel_url.raw_query_string, ("$format",)).get("$format", "xml")
    if asked.lower() not in {"xml", "application/xml"}:
        raise InvalidInputError(
            f"The schema's $format is xml, not {asked[:40]!r}.", field="$format"
        )
    dialect_of(request.headers, None)
    return web.Response(text=csdl(), content_type="application/xml")


async def service(request: web.Request) -> web.Response:
    """`GET /`: the service document; a browser is sent to the gallery."""
    if "text/html" in request.headers.get(hdrs.ACCEPT, ""):
        return web.Response(status=302, headers={hdrs.LOCATION: "/ui/", hdrs.VARY: hdrs.ACCEPT})
    options = read_query(request.rel_url.raw_query_string, ("$format",))
    dialect = dialect_of(request.headers, options.get("$format"))
    body = service_document(request.app[LIBRARY].settings.origin, dialect.name("context"))
    return json_answer(orjson.dumps(body), dialect, headers={hdrs.VARY: hdrs.ACCEPT})


def _envelope(
    options: ListOptions, page: Page, total: Total | None, given: dict[str, str], library: Library
) -> bytes:
    """Put the documents, JSON already, between the members around them."""
    dialect, origin = options.dialect, library.settings.origin
    around: dict[str, object] = {}
    if dialect.is_minimal:
        around["@odata.context"] = f"{origin}/$metadata#images"
    if total is not None:
        around[dialect.name("count")] = str(total.count) if dialect.is_quoted else total.count
        if total.is_estimate:
            around["@fototeca.countIsEstimate"] = True
    head = orjson.dumps(around)[1:-1]
    tail = b""
    if options.is_paged and page.last is not None:
        token = library.skiptokens.encode(options.keys, page.last, options.scope)
        link = _next_link(given, token, origin)
        tail = b"," + orjson.dumps({dialect.name("nextLink"): link})[1:-1]
    documents = page.documents.encode()
    return b"{" + head + (b"," if head else b"") + b'"value":[' + documents + b"]" + tail + b"}"


def _next_link(given: dict[str, str], token: str, origin: str) -> str:
    kept = {name: value for name, value in given.items() if name not in {"$skip", "$skiptoken"}}
    options = [*kept.items(), ("$skiptoken", token)]
    query = "&".join(f"{name}={quote(value, safe=_READABLE)}" for name, value in options)
    return f"{origin}/images?{query}"


_READABLE = "(),:'*@/$"
