"""What all calls of the contract read: who calls, ids in the path, and JSON that fits a model."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from uuid import UUID

import structlog
from aiohttp import web
from pydantic import BaseModel, ValidationError

from api.auth import Handler, key_in_header, principal_needed
from api.backoffice.schema import is_uuid
from api.bodies import read_json
from shared.domain.errors import InvalidInputError, UnfitBodyError
from shared.domain.image import Role

MAX_FIELDS_AT_FAULT = 20
QUERY_KEY = "x-api-key"

READERS = ThreadPoolExecutor(2, thread_name_prefix="backoffice")
"""Of this contract's own: uploads need the loop's threads, and would wait for what is slow here."""

Model = TypeVar("Model", bound=BaseModel)


def caller_needed(
    role: Role,
) -> Callable[[Handler], Callable[[web.Request], Awaitable[web.StreamResponse]]]:
    """Give a handler its principal, whose key stands in the header or else in the query."""
    return principal_needed(role, _key_in)


def uuid_in(request: web.Request, name: str = "id") -> UUID:
    """Return an id of the path, and have the request's log lines say it."""
    text = request.match_info[name]
    structlog.contextvars.bind_contextvars(**{name: text[:40]})
    if not is_uuid(text):
        raise InvalidInputError(f"{text[:40]!r} is no UUID.", field=name)
    return UUID(text)


async def read_body(request: web.Request, model: type[Model]) -> Model:
    """Return the JSON body as the model, or raise UnfitBodyError.

    In a thread of `READERS`: to clean much HTML that is made to be slow takes seconds.
    """
    body = await read_json(request)
    try:
        return await asyncio.get_running_loop().run_in_executor(READERS, model.model_validate, body)
    except ValidationError as error:
        fields: dict[str, list[str]] = {}
        for fault in error.errors(include_url=False, include_input=False)[:MAX_FIELDS_AT_FAULT]:
            name = ".".join(map(str, fault["loc"]))[:100] or "body"
            fields.setdefault(name, []).append(fault["msg"].removeprefix("Value error, "))
        raise UnfitBodyError(fields) from error


def _key_in(request: web.Request) -> str | None:
    return key_in_header(request) or request.rel_url.query.get(QUERY_KEY)
