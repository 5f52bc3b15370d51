"""`/webhooks`: who is told of events without asking. For admins."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

import orjson
from aiohttp import hdrs, web

from api.auth import principal_needed
from api.bodies import defer_continue, read_json
from api.context import LIBRARY
from api.dam.schema import time_of
from api.idempotency import claim_of, idempotent
from shared.domain.errors import InvalidInputError
from shared.domain.event import EventType
from shared.domain.image import Principal, Role
from shared.domain.reference import check_text
from shared.usecases.webhooks.ports import Webhook, WebhookChange

MAX_URL_CHARACTERS = 2048
MAX_DESCRIPTION_CHARACTERS = 500
ALL = "*"
TYPES = (ALL, *(each.value for each in EventType if each is not EventType.WEBHOOK_PING))

MADE_WITH = frozenset({"url", "events", "description"})
CHANGED_BY = MADE_WITH | {"enabled"}

ONE = "/webhooks/{id}"


def routes() -> list[web.RouteDef]:
    """Return the routes."""
    return [
        web.get("/webhooks", list_webhooks),
        web.post("/webhooks", create_webhook, expect_handler=defer_continue),
        web.get(ONE, get_webhook),
        web.patch(ONE, change_webhook, expect_handler=defer_continue),
        web.delete(ONE, delete_webhook),
        web.post(ONE + "/rotate", rotate_webhook),
        web.post(ONE + "/ping", ping_webhook),
    ]


@principal_needed(Role.ADMIN)
async def list_webhooks(request: web.Request, principal: Principal) -> web.Response:
    """`GET /webhooks`."""
    webhooks = await request.app[LIBRARY].webhooks.show_all(principal.tenant)
    return _answer({"value": [_wire(each) for each in webhooks]})


@principal_needed(Role.ADMIN)
@idempotent
async def create_webhook(request: web.Request, principal: Principal) -> web.Response:
    """`POST /webhooks`: the only answer, but for that of `rotate`, that has the secret."""
    change = parse_change(await read_json(request), MADE_WITH)
    if change.url is None:
        raise InvalidInputError("A webhook needs a url.", field="url")
    webhook, secret = await request.app[LIBRARY].webhooks.create(
        principal.tenant,
        change.url,
        change.events or [ALL],
        change.description,
        claim_of(request),
    )
    answer = _answer(_wire(webhook) | {"secret": secret}, HTTPStatus.CREATED)
    answer.headers[hdrs.LOCATION] = f"/webhooks/{webhook.id}"
    return answer


@principal_needed(Role.ADMIN)
async def get_webhook(request: web.Request, principal: Principal) -> web.Response:
    """`GET /webhooks/{id}`."""
    webhook = await request.app[LIBRARY].webhooks.show(principal.tenant, _id(request))
    return _answer(_wire(webhook))


@principal_needed(Role.ADMIN)
async def change_webhook(request: web.Request, principal: Principal) -> web.Response:
    """`PATCH /webhooks/{id}`: each member optional."""
    webhook_id = _id(request)
    change = parse_change(await read_json(request), CHANGED_BY)
    webhook = await request.app[LIBRARY].webhooks.change(principal.tenant, webhook_id, change)
    return _answer(_wire(webhook))


@principal_needed(Role.ADMIN)
async def delete_webhook(request: web.Request, principal: Principal) -> web.Response:
    """`DELETE /webhooks/{id}`."""
    await request.app[LIBRARY].webhooks.delete(principal.tenant, _id(request))
    return web.Response(status=HTTPStatus.NO_CONTENT)


@principal_needed(Role.ADMIN)
@idempotent
async def rotate_webhook(request: web.Request, principal: Principal) -> web.Response:
    """`POST /webhooks/{id}/rotate`: another secret, once."""
    secret = await request.app[LIBRARY].webhooks.rotate(principal.tenant, _id(request))
    return _answer({"secret": secret})


@principal_needed(Role.ADMIN)
async def ping_webhook(request: web.Request, principal: Principal) -> web.Response:
    """`POST /webhooks/{id}/ping`: `webhook.ping` is on its way."""
    await request.app[LIBRARY].webhooks.ping(principal.tenant, _id(request))
    return web.Response(status=HTTPStatus.ACCEPTED)


def parse_change(body: Any, known: frozenset[str]) -> WebhookChange:
    """Return what a body says, or say which member is wrong."""
    names = ", ".join(sorted(known))
    if not isinstance(body, dict) or not body:
        raise InvalidInputError(f"Send a JSON object with some of {names}.")
    if unknown := sorted(body.keys() - known):
        raise InvalidInputError(f"There are {names}.", field=unknown[0][:40])
    return WebhookChange(
        url=_url(body["url"]) if "url" in body else None,
        events=_events(body["events"]) if "events" in body else None,
        has_description="description" in body,
        description=_description(body.get("description")),
        is_enabled=_enabled(body["enabled"]) if "enabled" in body else None,
    )


def _url(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_URL_CHARACTERS:
        raise InvalidInputError(
            f"url is an address of at most {MAX_URL_CHARACTERS} characters.", field="url"
        )
    check_text(value, "url")
    return value


def _events(value: Any) -> list[str]:
    if not isinstance(value, list) or not value or not all(each in TYPES for each in value):
        raise InvalidInputError(
            f"events is a list of one or more of {', '.join(TYPES)}.", field="events"
        )
    return list(dict.fromkeys(value))


def _description(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > MAX_DESCRIPTION_CHARACTERS:
        raise InvalidInputError(
            f"description is null or at most {MAX_DESCRIPTION_CHARACTERS} characters.",
            field="description",
        )
    check_text(value, "description")
    return value


def _enabled(value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidInputError("enabled is true or false.", field="enabled")
    return value


def _id(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["id"])
    except ValueError as error:
        raise InvalidInputError("The id of a webhook is a UUID.", field="id") from error


def _wire(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": str(webhook.id),
        "url": webhook.url,
        "events": list(webhook.events),
        "description": webhook.description,
        "enabled": webhook.disabled_on is None,
        "createdOn": time_of(webhook.created_on),
        "disabledOn": webhook.disabled_on and time_of(webhook.disabled_on),
        "disabledReason": webhook.disabled_reason,
        "failures": webhook.failures,
        "lastError": webhook.last_error,
        "lastErrorOn": webhook.last_error_on and time_of(webhook.last_error_on),
        "lastSuccessOn": webhook.last_success_on and time_of(webhook.last_success_on),
        "nextAttemptOn": webhook.due_at and time_of(webhook.due_at),
        "pending": webhook.pending,
    }


def _answer(body: Any, status: int = HTTPStatus.OK) -> web.Response:
    return web.Response(
        body=orjson.dumps(body),
        status=status,
        content_type="application/json",
        headers={hdrs.CACHE_CONTROL: "no-store"},
    )
