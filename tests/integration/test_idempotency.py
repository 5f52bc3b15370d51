"""`Idempotency-Key`: what is sent several times is made once, and answered as it was."""

import asyncio
from typing import Any

import pytest
from aiohttp import FormData
from pydantic import SecretStr

from shared.domain.image import Role
from shared.settings import Settings
from shared.usecases.idempotency.keys import MAX_KEYS, TRIM_EVERY
from tests.client import (
    Answer,
    Client,
    Connection,
    assert_problem,
    eventually,
    make_client,
    path_to,
    picture,
    running_service,
)
from tests.idempotency import KEY, TEXT, is_again
from worker.settings import Parts


def form(**files: bytes) -> FormData:
    """Return a form with a boundary of its own."""
    data = FormData()
    for name, content in files.items():
        data.add_field(name, content, filename=name.replace("_", "."))
    return data


async def _post(client: Client, headers: dict[str, str] = KEY, **files: bytes) -> Answer:
    return await client.call("POST", "/images", data=form(**files), headers=headers)


async def _announce(client: Client, headers: dict[str, str] = KEY, **body: Any) -> Answer:
    wanted = {"reference": "a.jpg", "sizeInBytes": 9} | body
    return await client.call("POST", "/images", json=wanted, headers=headers)


async def test_a_form_that_is_sent_again_is_answered_as_it_was(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    first = await _post(client, a_jpg=picture(), b_jpg=b"b")
    assert (first.status, "Idempotency-Replayed" in first.headers) == (201, False)
    await client.process(parts, "a.jpg")
    await client.call("PATCH", path_to("a.jpg"), json={"reference": "c.jpg"})
    again = await _post(client, {"Idempotency-Key": TEXT}, a_jpg=picture(), b_jpg=b"b")
    assert is_again(again, first)
    assert await postgres.fetchval("SELECT count(*) FROM images") == 2


async def test_an_announcement_that_is_sent_again_is_answered_as_it_was(
    client: Client, postgres: Connection
) -> None:
    first = await _announce(client)
    assert first.status == 201
    assert is_again(await _announce(client), first)
    assert await postgres.fetchval("SELECT count(*) FROM uploads") == 1
    kept = await postgres.fetchval("SELECT body FROM idempotency_keys")
    assert b"a.jpg" not in kept  # it holds an address to which anyone can write


async def test_a_revision_is_restored_once(client: Client, parts: Parts) -> None:
    for shade in (1, 2):
        await client.put_ok(parts, "a.jpg", picture(shade=shade))
    path = path_to("a.jpg") + "/revisions/1/restore"
    first = await client.call("POST", path, headers=KEY)
    assert first.status == 202
    await client.process(parts, "a.jpg")
    assert is_again(await client.call("POST", path, headers=KEY), first)
    assert (await client.row("a.jpg")).revision == 3


async def test_a_key_is_for_one_request(client: Client, postgres: Connection) -> None:
    await _post(client, a_jpg=b"a")
    code = "idempotency-key-reused"
    for files in ({"a_jpg": b"other"}, {"c_jpg": b"a"}, {"a_jpg": b"a", "b_jpg": b"b"}):
        assert_problem(await _post(client, KEY, **files), 422, code, "Idempotency-Key")
    assert_problem(await _announce(client), 422, code, "Idempotency-Key")
    assert await postgres.fetchval("SELECT count(*) FROM images") == 1
    other = {"Idempotency-Key": '"other"'}
    await _announce(client, other, reference="x.jpg")
    assert_problem(await _announce(client, other, reference="y.jpg"), 422, code, "Idempotency-Key")


async def test_a_key_is_of_one_tenant(client: Client) -> None:
    assert (await _announce(client)).status == 201
    other = await make_client(client.service, "other", Role.EDITOR)
    answer = await _announce(other, reference="b.jpg")
    assert (answer.status, answer.json["reference"]) == (201, "b.jpg")


@pytest.mark.parametrize("key", ["", '""', '"a', "é", "a b", "a" * 256, '"a\\b"', '"a", "b"'])
async def test_a_key_that_cannot_be_read_is_refused(key: str, client: Client) -> None:
    answer = await _announce(client, {"Idempotency-Key": key})
    assert_problem(answer, 400, "validation", "Idempotency-Key")
    assert (await client.get("a.jpg")).status == 404


async def test_a_refusal_is_not_kept(client: Client, parts: Parts) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    form_key, json_key = {"Idempotency-Key": "one"}, {"Idempotency-Key": "two"}
    assert (await _post(client, form_key, a_jpg=b"a")).status == 409
    assert_problem(await _announce(client, json_key), 409, "conflict", "reference")
    await client.delete("a.jpg")
    assert (await _post(client, form_key, a_jpg=b"a")).status == 201
    assert_problem(await _announce(client, json_key), 409, "conflict", "reference")


async def test_of_many_at_once_one_is_made(client: Client, postgres: Connection) -> None:
    answers = await asyncio.gather(*(_post(client, a_jpg=picture()) for _ in range(10)))
    made = [answer for answer in answers if answer.status == 201]
    assert len({answer.body for answer in made}) == 1
    for answer in answers:
        if answer.status != 201:
            assert_problem(answer, 409, "still-running")
            assert int(answer.headers["Retry-After"]) > 0
    assert await postgres.fetchval("SELECT count(*) FROM images") == 1


async def test_an_announcement_that_nobody_heard_is_made_once(
    client: Client, postgres: Connection
) -> None:
    first = await _announce(client)
    await postgres.execute("UPDATE idempotency_keys SET status = NULL")  # it was not kept any more
    assert_problem(await _announce(client, {}), 409, "conflict", "reference")
    again = await _announce(client)
    assert (again.status, again.json["id"]) == (201, first.json["id"])
    assert again.json["upload"]["url"] != first.json["upload"]["url"]


async def test_keys_are_forgotten_after_their_time(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    await _announce(client)
    assert await parts.sweeper.forget_keys() == 0
    await postgres.execute("UPDATE idempotency_keys SET expires_at = now()")
    other = await _announce(client, reference="b.jpg")  # as good as forgotten
    assert (other.status, other.json["reference"]) == (201, "b.jpg")
    await postgres.execute("UPDATE idempotency_keys SET expires_at = now()")
    assert await parts.sweeper.forget_keys() == 1
    assert (await _announce(client, reference="c.jpg")).status == 201


async def test_a_tenant_has_so_many_keys_and_no_more(client: Client, postgres: Connection) -> None:
    await postgres.execute(
        """
        INSERT INTO idempotency_keys
        (tenant_id, key, fingerprint, owner, locked_until, status, started_at, expires_at)
        SELECT
            $1, number::text, '', gen_random_uuid(), now(), 201,
            now() - make_interval(secs => number), now() + interval '1h'
        FROM generate_series(1, $2::integer) AS number
        """,
        client.tenant.id,
        MAX_KEYS + 5,
    )
    new = iter(range(20 * TRIM_EVERY))

    async def is_trimmed() -> bool:
        await _announce(client, {"Idempotency-Key": f"new-{next(new)}"}, reference="a\0")
        total = await postgres.fetchval("SELECT count(*) FROM idempotency_keys")
        return int(total) <= MAX_KEYS + 1

    await eventually(is_trimmed, within_s=60)
    kept = {row["key"] for row in await postgres.fetch("SELECT key FROM idempotency_keys")}
    oldest = MAX_KEYS - next(new) + 1
    assert str(oldest) in kept
    assert not kept & {str(number) for number in range(oldest + 1, MAX_KEYS + 6)}


async def test_a_key_that_was_kept_under_another_secret_is_refused(
    client: Client, settings: Settings
) -> None:
    await _announce(client)
    changed = settings.model_copy(update={"secret_key": SecretStr("another secret " * 3)})
    async with running_service(changed) as service:
        answer = await _announce(Client(service, client.tenant, client.key))
        assert_problem(answer, 422, "idempotency-key-reused", "Idempotency-Key")


async def test_a_bulk_operation_is_begun_once(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    wanted = {"$filter": "status eq 'Ok'", "add": ["x"], "expectedCount": 1}
    first = await client.call("POST", "/images/tag", json=wanted, headers=KEY)
    assert first.status == 202, first.body
    assert is_again(await client.call("POST", "/images/tag", json=wanted, headers=KEY), first)
    await postgres.execute("UPDATE idempotency_keys SET status = NULL")  # it was not kept any more
    again = await client.call("POST", "/images/tag", json=wanted, headers=KEY)
    assert (again.status, again.json["id"]) == (202, first.json["id"])
    assert await postgres.fetchval("SELECT count(*) FROM operations") == 1


async def test_an_undo_that_nobody_heard_is_begun_once(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    wanted = {"$filter": "status eq 'Ok'", "add": ["x"], "expectedCount": 1}
    begun = await client.call("POST", "/images/tag", json=wanted)
    while await parts.bulk.batches.work():
        pass
    path = begun.headers["Location"] + "/undo"
    first = await client.call("POST", path, headers=KEY)
    await postgres.execute("UPDATE idempotency_keys SET status = NULL")
    again = await client.call("POST", path, headers=KEY)
    assert (again.status, again.headers["Location"]) == (202, first.headers["Location"])
    assert await postgres.fetchval("SELECT count(*) FROM operations") == 2


async def test_a_webhook_is_made_once_and_one_whose_secret_nobody_heard_goes(
    client: Client, postgres: Connection
) -> None:
    hook = {"url": "https://93.184.215.14/hook"}
    first = await client.call("POST", "/webhooks", json=hook, headers=KEY)
    assert first.status == 201, first.body
    assert is_again(await client.call("POST", "/webhooks", json=hook, headers=KEY), first)
    await postgres.execute("UPDATE idempotency_keys SET status = NULL")
    again = await client.call("POST", "/webhooks", json=hook, headers=KEY)
    assert (again.status, again.json["secret"] != first.json["secret"]) == (201, True)
    (listed,) = (await client.call("GET", "/webhooks")).json["value"]
    assert listed["id"] == again.json["id"]


async def test_an_import_by_url_is_made_once(client: Client, postgres: Connection) -> None:
    wanted = {"reference": "a.jpg", "sourceUrl": "https://93.184.215.14/a.jpg"}
    first = await client.call("POST", "/images", json=wanted, headers=KEY)
    assert first.status == 201, first.body
    assert is_again(await client.call("POST", "/images", json=wanted, headers=KEY), first)
    await postgres.execute("UPDATE idempotency_keys SET status = NULL")
    again = await client.call("POST", "/images", json=wanted, headers=KEY)
    assert (again.status, again.json["id"]) == (201, first.json["id"])
