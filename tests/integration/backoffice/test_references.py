"""What other systems call images and categories: unique names that may expire, and are counted."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from shared.domain.image import Role
from shared.settings import Settings
from tests.backoffice import API, IMAGES, assert_errors
from tests.backstage import running_worker
from tests.client import Answer, Client, Connection, eventually, make_client, path_to, picture
from worker.settings import Parts

REFERENCES = f"{API}/references"
NOBODY = "113c8e25-dfa3-4100-abd9-924fba72aa7c"
LATER = "2099-01-31T08:00:00Z"


@pytest.fixture
async def urn(client: Client, parts: Parts) -> str:
    """The URN of an image, `a.jpg`, that is Ok."""
    return f"urn:image:{(await client.put_ok(parts, 'a.jpg', picture())).uid}"


async def _name(client: Client, urn: str, name: str = "1", **members: Any) -> Answer:
    body = {"provider": "shop", "id": name, "urn": urn, **members}
    return await client.call("POST", REFERENCES, json=body)


async def _count(client: Client) -> int:
    number: int = (await client.get("a.jpg")).json["numLinks"]
    return number


async def _expire(postgres: Connection) -> None:
    await postgres.execute("UPDATE reference_records SET expires_at = now()")


async def test_a_reference_is_made_found_and_removed(client: Client, urn: str) -> None:
    made = await _name(client, urn.upper(), expires_at="2099-01-31T10:00:00.9+02:00")
    told = {"id": "1", "provider": "shop", "urn": urn, "expires_at": LATER}
    assert (made.status, made.json) == (201, {"data": told})
    assert made.headers["Location"] == f"{REFERENCES}/shop:1"
    assert (await client.call("GET", f"{REFERENCES}/shop:1")).json == made.json
    assert await _count(client) == 1
    assert_errors(await _name(client, urn), 409, "id")
    over = datetime.now(UTC).replace(microsecond=999_999).isoformat()  # once it is kept
    assert_errors(await _name(client, urn, "2", expires_at=over), 422, "expires_at")
    assert (await client.call("DELETE", f"{REFERENCES}/shop:1")).status == 204
    assert_errors(await client.call("DELETE", f"{REFERENCES}/shop:1"), 404)
    assert_errors(await client.call("GET", f"{REFERENCES}/shop:1"), 404)
    assert await _count(client) == 0


@pytest.mark.parametrize("name", ["a:b", "a/b", "%2F", "ä ö", "a+b", "?x#y", "..", "'it''s'"])
async def test_an_id_is_decoded_once(client: Client, urn: str, name: str) -> None:
    made = await _name(client, urn, name)
    assert made.json["data"]["id"] == name
    for path in (made.headers["Location"], f"{REFERENCES}/shop%3A{quote(name, safe='')}"):
        assert (await client.call("GET", path)).json == made.json
    assert (await client.call("DELETE", made.headers["Location"])).status == 204


async def test_what_expires_is_gone_at_once_and_counts_until_the_next_sweep(
    client: Client, urn: str, parts: Parts, postgres: Connection
) -> None:
    await _name(client, urn, "1", expires_at=LATER)
    await _name(client, urn, "2", expires_at=LATER)
    await _name(client, urn, "3")
    assert await parts.sweeper.end_references() == 0
    await postgres.execute("UPDATE reference_records SET expires_at = now() WHERE id < '3'")
    assert_errors(await client.call("GET", f"{REFERENCES}/shop:1"), 404)
    assert_errors(await client.call("DELETE", f"{REFERENCES}/shop:1"), 404)
    assert (await _name(client, urn, "1")).status == 201, "the name is free again"
    assert await parts.sweeper.end_references() == 1
    assert await _count(client) == 2


async def test_a_worker_ends_what_has_expired(
    client: Client, urn: str, settings: Settings, postgres: Connection
) -> None:
    assert (await _name(client, urn, expires_at=LATER)).status == 201

    async def is_over() -> bool:
        return await _count(client) == 0

    async with running_worker(settings):
        await postgres.execute("UPDATE reference_records SET expires_at = now()")
        await eventually(is_over)
    assert await postgres.fetchval("SELECT count(*) FROM reference_records") == 0


async def test_the_count_holds_however_many_come_at_once(
    client: Client, urn: str, parts: Parts, postgres: Connection
) -> None:
    async def record(number: int) -> None:
        await _name(client, urn, str(number % 10), **({"expires_at": LATER} if number % 2 else {}))
        if number % 3 == 0:
            await client.call("DELETE", f"{REFERENCES}/shop:{number % 10}")

    async def link(number: int) -> None:
        path = f"{path_to('a.jpg')}/links/cms:{number % 10}"
        await client.call("DELETE" if number % 4 == 0 else "PUT", path)

    async def sweep(_: int) -> None:
        await postgres_expire()
        await parts.sweeper.end_references()

    async def postgres_expire() -> None:
        async with lock:
            await postgres.execute(
                "UPDATE reference_records SET expires_at = now() WHERE expires_at IS NOT NULL"
            )

    lock = asyncio.Lock()
    work: list[Callable[[int], Any]] = [record, link, record, sweep]
    await asyncio.gather(*(work[number % 4](number) for number in range(80)))
    await parts.sweeper.end_references()
    counted = await postgres.fetchval(
        "SELECT (SELECT count(*) FROM links) + (SELECT count(*) FROM reference_records)"
    )
    assert await _count(client) == counted


async def test_references_survive_a_restore_and_not_a_purge(
    client: Client, urn: str, postgres: Connection
) -> None:
    await _name(client, urn)
    one = f"{IMAGES}/by-id/{urn.rpartition(':')[2]}"
    await client.call("DELETE", one)
    assert_errors(await _name(client, urn, "2"), 422, "urn")
    assert (await client.call("GET", f"{REFERENCES}/shop:1")).status == 200
    assert (await client.call("POST", f"{one}/restore")).json["data"]["num_links"] == 1
    await client.delete("a.jpg", "?purge=true")
    assert await postgres.fetchval("SELECT count(*) FROM reference_records") == 0


async def test_several_are_looked_up_at_once(
    client: Client, urn: str, postgres: Connection
) -> None:
    for number in range(4):
        await _name(client, urn, str(number))
    await postgres.execute("UPDATE reference_records SET expires_at = now() WHERE id = '2'")
    refs = ["shop:3", "shop:9", "shop:2", "shop:0", "shop:3"]
    found = await client.call("POST", f"{REFERENCES}/lookup", json={"refs": refs})
    assert [record["id"] for record in found.json["data"]] == ["3", "0"]
    for refused, fields in (
        ({"refs": ["shop:1"] * 101}, ["refs"]),
        ({"refs": ["shop"]}, ["refs.0"]),
        ({"refs": "shop:1"}, ["refs"]),
        ({}, ["refs"]),
    ):
        answer = await client.call("POST", f"{REFERENCES}/lookup", json=refused)
        assert_errors(answer, 422, *fields)


async def test_a_creation_that_is_sent_again_makes_one_reference(
    client: Client, urn: str, postgres: Connection
) -> None:
    body = {"provider": "shop", "id": "1", "urn": urn}
    again = {"Idempotency-Key": "once"}
    first = await client.call("POST", REFERENCES, json=body, headers=again)
    await postgres.execute("UPDATE idempotency_keys SET status = NULL, locked_until = now()")
    second = await client.call("POST", REFERENCES, json=body, headers=again)
    assert (second.status, second.json) == (201, first.json)
    assert await _count(client) == 1


@pytest.mark.parametrize(
    ("members", "fields"),
    [
        ({"urn": "urn:image:1"}, ["urn"]),
        ({"urn": f"urn:image:{NOBODY}"}, ["urn"]),
        ({"urn": f"urn:category:{NOBODY}"}, ["urn"]),
        ({"urn": 7, "provider": "a b", "id": ""}, ["urn", "provider", "id"]),
        ({"expires_at": "2001-01-31T08:00:00Z"}, ["expires_at"]),
        ({"expires_at": "9999-12-31T23:59:59-23:00"}, ["expires_at"]),
        ({"expires_at": 4102444800}, ["expires_at"]),
        ({"id": "a\x00"}, ["id"]),
    ],
)
async def test_a_reference_that_does_not_fit_is_refused(
    client: Client, urn: str, members: dict[str, Any], fields: list[str]
) -> None:
    answer = await _name(client, **{"urn": urn, **members})
    assert_errors(answer, 422, *fields)
    assert b" link " not in answer.body, "the word is another contract's"


async def test_a_name_that_is_none_is_400(client: Client) -> None:
    for name in ("shop", ":1", "a%20b:1", "shop:", "shop:%ff"):
        answer = await client.call("GET", f"{REFERENCES}/{name}")
        assert answer.status == 400, name
        assert list(answer.json["errors"]) == ["detail", "fields"]
    assert (await client.call("GET", f"{REFERENCES}/lookup")).status == 405


async def test_a_readers_references_are_read_only_and_another_tenants_are_not_there(
    client: Client, urn: str
) -> None:
    await _name(client, urn)
    reader = await make_client(client.service, "demo", Role.READER)
    assert (await reader.call("GET", f"{REFERENCES}/shop:1")).status == 200
    assert_errors(await _name(reader, urn, "2"), 403)
    assert_errors(await reader.call("DELETE", f"{REFERENCES}/shop:1"), 403)
    other = await make_client(client.service, "other", Role.ADMIN)
    assert_errors(await other.call("GET", f"{REFERENCES}/shop:1"), 404)
    assert_errors(await other.call("DELETE", f"{REFERENCES}/shop:1"), 404)
    assert_errors(await _name(other, urn, "2"), 422, "urn")
    looked = await other.call("POST", f"{REFERENCES}/lookup", json={"refs": ["shop:1"]})
    assert looked.json == {"data": []}
    assert await _count(client) == 1
