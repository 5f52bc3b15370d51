"""Who uses an image: `/images({reference})/links`."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import orjson
from aiohttp import web

from api.auth import principal_needed
from api.bodies import defer_continue, has_body, read_json
from api.context import LIBRARY
from api.dam.answers import json_answer
from api.dam.conditions import precondition
from api.dam.odata.dialect import Dialect, dialect_of
from api.dam.odata.query import read_query
from api.dam.paging import page_answer, read_page
from api.dam.paths import ONE, reference_of
from api.dam.schema import time_of
from api.urls import decode_segment
from shared.domain.errors import InvalidInputError
from shared.domain.expression import Column, Type
from shared.domain.image import Principal, Role
from shared.domain.link import FIRST, Link, LinkName, parse_link_name
from shared.domain.reference import check_text

KEYS = ((Column("provider", Type.STRING), False), (Column("id", Type.STRING), False))
MAX_CHARACTERS = {"url": 2048, "label": 255}


def routes() -> list[web.RouteDef]:
    """Return the routes."""
    one_link = ONE + "/links/{link:[^/]+}"
    return [
        web.get(ONE + "/links", list_links),
        web.put(one_link, put_link, expect_handler=defer_continue),
        web.delete(one_link, delete_link),
    ]


@principal_needed(Role.READER)
async def list_links(request: web.Request, principal: Principal) -> web.Response:
    """`GET …/links`: by provider and id, in the order of their code points."""
    reference, options = reference_of(request), read_page(request, KEYS)
    after = FIRST if options.after is None else LinkName(*map(str, options.after))
    links = await request.app[LIBRARY].links.page(
        principal.tenant, reference, after, options.size + 1
    )
    return page_answer(
        request,
        options,
        links,
        lambda link: _wire(link, options.dialect),
        lambda link: (link.name.provider, link.name.id),
    )


@principal_needed(Role.EDITOR)
async def put_link(request: web.Request, principal: Principal) -> web.Response:
    """`PUT …/links/{provider:id}`: 201 where it is new, else 200."""
    reference, name, dialect = reference_of(request), _name(request), _dialect(request)
    texts = _texts(await read_json(request) if await has_body(request) else {})
    link, is_new = await request.app[LIBRARY].links.put(
        principal.tenant, reference, name, **texts, precondition=precondition(request)
    )
    status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    return json_answer(orjson.dumps(_wire(link, dialect)), dialect, status)


@principal_needed(Role.EDITOR)
async def delete_link(request: web.Request, principal: Principal) -> web.Response:
    """`DELETE …/links/{provider:id}`: 204, also where there is none."""
    reference, name = reference_of(request), _name(request)
    await request.app[LIBRARY].links.delete(
        principal.tenant, reference, name, precondition(request)
    )
    return web.Response(status=HTTPStatus.NO_CONTENT)


def _name(request: web.Request) -> LinkName:
    return parse_link_name(decode_segment(request.rel_url.raw_path.split("/")[3]))


def _dialect(request: web.Request) -> Dialect:
    options = read_query(request.rel_url.raw_query_string, ("$format",))
    return dialect_of(request.headers, options.get("$format"))


def _texts(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise InvalidInputError('Send nothing, or a JSON object: {"url": …, "label": …}.')
    if unknown := sorted(body.keys() - MAX_CHARACTERS.keys()):
        raise InvalidInputError("A link has a url and a label.", field=unknown[0])
    texts = {name: _text(name, body.get(name)) for name in MAX_CHARACTERS}
    if texts["url"] is not None and not _is_web_address(texts["url"]):
        raise InvalidInputError("url is null or begins with http:// or https://.", field="url")
    return texts


def _text(name: str, value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > MAX_CHARACTERS[name]:
        raise InvalidInputError(
            f"{name} is null or a string of at most {MAX_CHARACTERS[name]} characters.", field=name
        )
    return check_text(value, name)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def _wire(link: Link, dialect: Dialect) -> dict[str, Any]:
    return {
        "provider": link.name.provider,
        "id": link.name.id,
        "url": link.url,
        "label": link.label,
        "createdOn": time_of(link.created_on) + ("Z" if dialect.is_minimal else ""),
    }
