"""`/webhooks`: for admins, with a secret that is shown once, and addresses that are looked at."""

import base64
import re

import pytest

from shared.domain.image import Role
from shared.settings import Settings
from shared.usecases.webhooks.registry import MAX_PER_TENANT
from tests.client import Client, Connection, assert_problem, make_client

HOOK = {"url": "http://127.0.0.1:9/hook", "events": ["image.ready"], "description": "the shop"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings with which receivers on this machine can be reached."""
    return settings.model_copy(update={"outgoing_allowed_hosts": "127.0.0.1"})


async def test_a_webhook_is_made_shown_changed_and_deleted(
    client: Client, postgres: Connection
) -> None:
    made = await client.call("POST", "/webhooks", json=HOOK)
    assert made.status == 201
    secret = made.json.pop("secret")
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)
    path = made.headers["Location"]
    shown = (await client.call("GET", path)).json
    assert shown == made.json
    assert shown.items() >= {**HOOK, "enabled": True, "pending": 0, "lastError": None}.items()
    assert (await client.call("GET", "/webhooks")).json == {"value": [shown]}

    changes = {"description": None, "events": ["*"], "enabled": False}
    changed = (await client.call("PATCH", path, json=changes)).json
    assert changed.items() >= {**changes, "disabledReason": "asked"}.items()
    again = (await client.call("PATCH", path, json={"enabled": True})).json
    assert (again["enabled"], again["disabledOn"], again["events"]) == (True, None, ["*"])

    stored = await postgres.fetchval("SELECT secret FROM webhooks")
    assert base64.b64decode(secret.removeprefix("whsec_")) not in stored
    assert (await client.call("DELETE", path)).status == 204
    for method, suffix in (("GET", ""), ("DELETE", ""), ("POST", "/rotate"), ("POST", "/ping")):
        assert_problem(await client.call(method, path + suffix), 404, "not-found")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, None),
        ([], None),
        ({"events": ["*"]}, "url"),
        ({"url": 5}, "url"),
        ({"url": "http://127.0.0.1/" + "x" * 2048}, "url"),
        ({"url": "ftp://example.com/"}, "url"),
        ({"url": "hook"}, "url"),
        ({"url": "http://user:word@127.0.0.1/"}, "url"),
        ({"url": "http://10.0.0.1/hook"}, "url"),
        ({"url": "http://[::1]/hook"}, "url"),
        ({"url": "http://169.254.169.254/latest"}, "url"),
        ({"url": "http://localhost:8080/hook"}, "url"),
        ({"url": "http://nowhere.invalid/hook"}, "url"),
        ({**HOOK, "events": []}, "events"),
        ({**HOOK, "events": ["image.eaten"]}, "events"),
        ({**HOOK, "events": [["*"]]}, "events"),
        ({**HOOK, "description": "x" * 501}, "description"),
        ({**HOOK, "secret": "mine"}, "secret"),
        ({**HOOK, "enabled": True}, "enabled"),
    ],
)
async def test_what_no_webhook_can_be_is_400(client: Client, body: object, field: str) -> None:
    assert_problem(await client.call("POST", "/webhooks", json=body), 400, "validation", field)
    assert (await client.call("GET", "/webhooks")).json == {"value": []}


async def test_a_change_is_looked_at_as_a_new_one_is(client: Client) -> None:
    path = (await client.call("POST", "/webhooks", json=HOOK)).headers["Location"]
    answer = await client.call("PATCH", path, json={"url": "http://192.168.0.1/"})
    assert_problem(answer, 400, "validation", "url")
    answer = await client.call("PATCH", path, json={"enabled": "yes"})
    assert_problem(answer, 400, "validation", "enabled")
    assert_problem(await client.call("GET", "/webhooks/x"), 400, "validation", "id")


async def test_webhooks_are_for_admins_of_their_own_tenant(client: Client) -> None:
    path = (await client.call("POST", "/webhooks", json=HOOK)).headers["Location"]
    editor = await make_client(client.service, "demo", Role.EDITOR)
    other = await make_client(client.service, "other", Role.ADMIN)
    calls = [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/rotate"), ("POST", "/ping")]
    for method, suffix in calls:
        body = {"json": {"enabled": False}} if method == "PATCH" else {}
        assert_problem(await editor.call(method, path + suffix, **body), 403, "forbidden")
        assert_problem(await other.call(method, path + suffix, **body), 404, "not-found")
    assert_problem(await editor.call("POST", "/webhooks", json=HOOK), 403, "forbidden")
    assert (await other.call("GET", "/webhooks")).json == {"value": []}
    assert (await client.call("GET", path)).json["enabled"]


async def test_a_tenant_has_so_many_webhooks_and_no_more(client: Client) -> None:
    for _ in range(MAX_PER_TENANT):
        assert (await client.call("POST", "/webhooks", json=HOOK)).status == 201
    assert_problem(await client.call("POST", "/webhooks", json=HOOK), 409, "conflict")
    other = await make_client(client.service, "other", Role.ADMIN)
    assert (await other.call("POST", "/webhooks", json=HOOK)).status == 201
