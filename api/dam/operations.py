"""`/images/reprocess`, `/images/tag`, `/images/delete` by filter, and `/operations`."""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from uuid import UUID

import orjson
from aiohttp import hdrs, web

from api.auth import principal_needed
from api.bodies import defer_continue, has_body, read_json
from api.context import LIBRARY
from api.dam.answers import json_answer
from api.dam.odata.dialect import Dialect, dialect_of
from api.dam.operations_wire import read_call, render, render_failures
from api.dam.paging import PageOptions, page_answer, read_page
from api.idempotency import claim_of, idempotent
from shared.domain.errors import InvalidInputError, NotFoundError
from shared.domain.expression import Column, Type
from shared.domain.image import Principal, Role
from shared.domain.operation import FailedItem, Operation, OperationKind

ONE = "/operations/{id}"
KEYS = ((Column("id", Type.STRING), True),)
BY_FILTER = (OperationKind.REPROCESS, OperationKind.TAG, OperationKind.DELETE)


def routes() -> list[web.RouteDef]:
    """Return the routes."""
    return [
        *(
            web.post(f"/images/{kind}", _beginning(kind), expect_handler=defer_continue)
            for kind in BY_FILTER
        ),
        web.get("/operations", list_operations),
        web.get(ONE, get_operation),
        web.post(ONE + "/cancel", cancel_operation),
        web.post(ONE + "/undo", undo_operation),
    ]


def _beginning(kind: OperationKind) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    @principal_needed(Role.EDITOR)
    @idempotent
    async def begin(request: web.Request, principal: Principal) -> web.Response:
        """Count what a filter means, or begin to change it."""
        dialect = _dialect(request)
        body = await read_json(request) if await has_body(request) else {}
        call = read_call(kind, request.rel_url.raw_query_string, body)
        library = request.app[LIBRARY]
        base = library.settings.cdn_base
        if call.expected is None:
            count = await library.operations.count(principal.tenant, call.wanted, base)
            return json_answer(orjson.dumps({"count": count}), dialect)
        operation = await library.operations.begin(
            principal.tenant, call.order, call.wanted, base, call.expected, claim_of(request)
        )
        return _accepted(operation, dialect)

    return begin


@principal_needed(Role.READER)
async def list_operations(request: web.Request, principal: Principal) -> web.Response:
    """`GET /operations`: the newest first."""
    options = read_page(request, KEYS)
    operations = await request.app[LIBRARY].operations.page(
        principal.tenant, _before(options), options.size + 1
    )
    return page_answer(
        request,
        options,
        operations,
        lambda operation: render(operation, zoned=options.dialect.is_minimal),
        lambda operation: (str(operation.id),),
    )


def _before(options: PageOptions) -> UUID | None:
    if options.after is None:
        return None
    try:
        return UUID(str(options.after[0]))
    except ValueError as error:
        raise InvalidInputError("Follow @nextLink as it is.", field="$skiptoken") from error


@principal_needed(Role.READER)
async def get_operation(request: web.Request, principal: Principal) -> web.Response:
    """`GET /operations/{id}`: how far it is, and with which images it did not succeed."""
    dialect = _dialect(request)
    operation = await request.app[LIBRARY].operations.show(principal.tenant, _id(request))
    return await _one(request, operation, dialect)


@principal_needed(Role.EDITOR)
async def cancel_operation(request: web.Request, principal: Principal) -> web.Response:
    """`POST /operations/{id}/cancel`."""
    dialect = _dialect(request)
    operation = await request.app[LIBRARY].operations.cancel(principal.tenant, _id(request))
    return await _one(request, operation, dialect)


@principal_needed(Role.EDITOR)
@idempotent
async def undo_operation(request: web.Request, principal: Principal) -> web.Response:
    """`POST /operations/{id}/undo`: another operation, which takes this one back."""
    dialect = _dialect(request)
    operation = await request.app[LIBRARY].operations.undo(
        principal.tenant, _id(request), claim_of(request)
    )
    return _accepted(operation, dialect)


_FRESH = {hdrs.CACHE_CONTROL: "private, no-cache"}


async def _one(request: web.Request, operation: Operation, dialect: Dialect) -> web.Response:
    failures = await request.app[LIBRARY].operations.failures(operation)
    return json_answer(_body(operation, dialect, failures), dialect, headers=_FRESH)


def _accepted(operation: Operation, dialect: Dialect) -> web.Response:
    headers = {hdrs.LOCATION: f"/operations/{operation.id}"}
    return json_answer(_body(operation, dialect, ()), dialect, HTTPStatus.ACCEPTED, headers)


def _body(operation: Operation, dialect: Dialect, failures: Sequence[FailedItem]) -> bytes:
    body = render(operation, zoned=dialect.is_minimal) | render_failures(failures)
    return orjson.dumps(body)


def _dialect(request: web.Request) -> Dialect:
    return dialect_of(request.headers, None)


def _id(request: web.Request) -> UUID:
    text = request.match_info["id"]
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFoundError(f"There is no operation {text[:40]!r}: its id is a UUID.") from error
