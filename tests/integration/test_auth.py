"""Who may call: a missing key is 401, a wrong one 400, a role too low 403, a revoked one out."""

import hashlib
from dataclasses import replace

import pytest
from cachetools import TTLCache

from api.app import PRINCIPAL_TTL_S
from api.guess_limit import PER_MINUTE
from shared.domain.errors import InvalidKeyError
from shared.domain.image import Principal, Role
from shared.usecases.access.keys import (
    authenticate,
    create_key,
    create_tenant,
    list_keys,
    revoke_key,
)
from tests.client import Client, Connection, assert_problem, eventually, make_client, picture

REVOCATION_S = 5.0

ROUTES = [
    ("GET", "/images", Role.READER),
    ("GET", "/images(a.jpg)", Role.READER),
    ("POST", "/images", Role.EDITOR),
    ("PUT", "/images(a.jpg)", Role.EDITOR),
    ("PATCH", "/images(a.jpg)", Role.EDITOR),
    ("DELETE", "/images(a.jpg)", Role.EDITOR),
    ("POST", "/images(a.jpg)/reprocess", Role.EDITOR),
    ("POST", "/images/by-uid/01890a5d-ac96-774b-bcce-b302099a8057/restore", Role.EDITOR),
    ("GET", "/images?deleted=true", Role.EDITOR),
    ("DELETE", "/images(a.jpg)?purge=true", Role.ADMIN),
    ("DELETE", "/images/by-uid/01890a5d-ac96-774b-bcce-b302099a8057", Role.EDITOR),
    ("DELETE", "/images/by-uid/01890a5d-ac96-774b-bcce-b302099a8057?purge=true", Role.ADMIN),
    ("GET", "/webhooks", Role.ADMIN),
    ("POST", "/webhooks", Role.ADMIN),
    ("GET", "/webhooks/01890a5d-ac96-774b-bcce-b302099a8057", Role.ADMIN),
    ("PATCH", "/webhooks/01890a5d-ac96-774b-bcce-b302099a8057", Role.ADMIN),
    ("DELETE", "/webhooks/01890a5d-ac96-774b-bcce-b302099a8057", Role.ADMIN),
    ("POST", "/webhooks/01890a5d-ac96-774b-bcce-b302099a8057/rotate", Role.ADMIN),
    ("POST", "/webhooks/01890a5d-ac96-774b-bcce-b302099a8057/ping", Role.ADMIN),
]


async def test_a_call_without_a_key_is_401(client: Client) -> None:
    for method, path, _ in ROUTES:
        async with client.service.session.request(method, client.service.origin + path) as answer:
            assert answer.status == 401, (method, path)
            assert answer.content_type == "application/problem+json"
        assert_problem(await replace(client, key="").call(method, path), 401, "missing-key")


async def test_a_call_with_a_wrong_key_is_400(client: Client) -> None:
    head, _, secret = client.key.partition("_")
    wrong = ["x", "ft1_", head, f"ft999_{secret}", client.key[:-1] + "!", client.key + "x"]
    wrong += [f"{head}_{'A' * 43}", f"ft0_{secret}"]
    wrong += [f"ft{'9' * digits}_{secret}" for digits in (18, 19, 40, 400)]
    for key in wrong:
        for method, path, _ in ROUTES[:2]:
            answer = await replace(client, key=key).call(method, path)
            assert_problem(answer, 400, "invalid-key")


async def test_a_role_that_is_too_low_is_403_and_the_lowest_that_will_do_is_not(
    client: Client,
) -> None:
    callers = {role: await make_client(client.service, "demo", role) for role in Role}
    for method, path, needed in ROUTES:
        for role, caller in callers.items():
            answer = await caller.call(method, path)
            if role < needed:
                assert_problem(answer, 403, "forbidden")
            else:
                assert answer.status != 403, (method, path, role)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/ui/", "/cdn/demo/x"])
async def test_what_is_for_everyone_needs_no_key(path: str, client: Client) -> None:
    async with client.service.session.get(client.service.origin + path) as answer:
        assert answer.status not in {400, 401, 403}


async def test_a_key_is_kept_as_its_hash_alone(client: Client, postgres: Connection) -> None:
    rows = await postgres.fetch("SELECT k::text FROM api_keys AS k")
    assert client.key.partition("_")[2] not in str(rows)
    digest = hashlib.sha256(client.key.encode()).hexdigest()
    assert digest in str(rows)


async def test_a_revoked_key_is_refused_within_five_seconds(client: Client) -> None:
    other = await make_client(client.service, "demo", Role.READER)
    assert (await other.call("GET", "/images")).status == 200
    database = client.service.library.database
    (key_id,) = [
        row.id for row in await list_keys(database, client.tenant) if row.role is Role.READER
    ]
    await revoke_key(database, client.tenant, key_id)

    async def is_refused() -> bool:
        return (await other.call("GET", "/images")).status == 400

    await eventually(is_refused)
    assert PRINCIPAL_TTL_S < REVOCATION_S
    assert (await client.call("GET", "/images")).status == 200


async def test_a_principal_is_forgotten_when_its_time_is_up(client: Client) -> None:
    now = 0.0
    cache: TTLCache[bytes, Principal] = TTLCache(10, PRINCIPAL_TTL_S, timer=lambda: now)
    database = client.service.library.database
    tenant = await create_tenant(database, "acme")
    key = await create_key(database, tenant, Role.EDITOR, "shop")
    assert (await authenticate(database, cache, key)).label == "shop"
    await revoke_key(database, tenant, (await list_keys(database, tenant))[0].id)
    assert (await authenticate(database, cache, key)).label == "shop"
    now = REVOCATION_S
    with pytest.raises(InvalidKeyError):
        await authenticate(database, cache, key)


async def test_a_flood_of_wrong_keys_is_not_remembered(client: Client) -> None:
    principals = client.service.library.principals
    before = len(principals)
    for number in range(50):
        await replace(client, key=f"ft1_{number:043}").call("GET", "/images")
    assert len(principals) <= before + 1


async def test_an_upload_that_is_not_allowed_is_not_begun(
    client: Client, postgres: Connection
) -> None:
    reader = await make_client(client.service, "demo", Role.READER)
    await reader.put("a.jpg", picture())
    assert not await postgres.fetch("SELECT FROM uploads")


async def test_wrong_keys_again_and_again_are_429_and_the_right_one_goes_on(
    client: Client,
) -> None:
    guesser = replace(client, key=client.key[:-1] + "!")
    for _ in range(PER_MINUTE):
        assert_problem(await guesser.get("a.jpg"), 400, "invalid-key")

    async def has_had_enough() -> bool:
        return (await guesser.get("a.jpg")).status == 429

    await eventually(has_had_enough)
    answer = await guesser.get("a.jpg")
    assert_problem(answer, 429, "too-many-guesses")
    assert 1 <= int(answer.headers["Retry-After"]) <= 2
    assert_problem(await client.get("a.jpg"), 404, "not-found")
    fresh = await make_client(client.service, "demo", Role.EDITOR)
    assert_problem(await fresh.get("a.jpg"), 404, "not-found")
