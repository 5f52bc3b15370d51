"""The backoffice's images: made of files, found three ways, deleted and brought back."""

import asyncio
import hashlib
from uuid import UUID

import pytest

from shared.domain.image import Role
from shared.domain.ulid import ulid_of
from tests.backoffice import API, IMAGES, assert_errors, by_id, create, send_file
from tests.client import Client, Connection, make_client, picture
from worker.settings import Parts

DOCUMENT = [
    "id",
    "file_key",
    "file_hash",
    "name",
    "gravity",
    "locales",
    "inserted_at",
    "updated_at",
    "deleted_at",
]
NOBODY = "113c8e25-dfa3-4100-abd9-924fba72aa7c"


async def test_an_image_is_the_same_through_both_contracts(client: Client, parts: Parts) -> None:
    data = picture()
    made = await create(client, "harbour.jpg", data, gravity="north")
    assert list(made)[: len(DOCUMENT)] == DOCUMENT
    digest = hashlib.sha256(data).hexdigest()
    assert (made["file_hash"], made["name"], made["gravity"]) == (digest, "harbour.jpg", "north")
    assert (made["status"], made["deleted_at"], made["locales"]) == ("Up", None, [])
    await client.process(parts, "harbour.jpg")
    query = "?$select=uid,sha256,status,numLinks,gravity,createdOn,originalUrl"
    seen = (await client.get("harbour.jpg", query)).json
    shown = (await by_id(client, made["id"])).json["data"]
    assert (shown["id"], shown["file_hash"]) == (seen["uid"], seen["sha256"])
    assert (shown["status"], shown["num_links"]) == (seen["status"], seen["numLinks"]) == ("Ok", 0)
    assert shown["inserted_at"] == seen["createdOn"] + "Z"
    assert shown["original_url"] == seen["originalUrl"]
    assert (await client.cdn(shown["original_url"])).body == data


async def test_what_the_library_uploads_is_found_by_id_key_and_hash(
    client: Client, parts: Parts
) -> None:
    row = await client.put_ok(parts, "a.jpg", picture())
    newer = await client.put_ok(parts, "b.jpg", picture())
    digest = hashlib.sha256(picture()).hexdigest()
    first = await by_id(client, str(row.uid).upper())
    by_key = await client.call("GET", f"{IMAGES}/by-key/{row.uid.hex}")
    by_hash = await client.call("GET", f"{IMAGES}/by-hash/{digest.upper()}")
    assert first.json == by_key.json
    assert first.json["data"]["name"] == "a.jpg"
    assert by_hash.json["data"]["id"] == str(newer.uid), "the newest of those with these bytes"
    await client.delete("b.jpg")
    by_hash = await client.call("GET", f"{IMAGES}/by-hash/{digest}")
    assert by_hash.json == first.json


async def test_a_name_that_is_taken_is_told_apart_by_the_ulid(client: Client) -> None:
    await client.put("a.jpg", picture())
    made = await create(client, "other.jpg", name="a.jpg")
    assert made["name"] == f"a-{ulid_of(UUID(made['id']))}.jpg"
    assert (await create(client, "other.jpg"))["name"] == "other.jpg", "by default the file's name"


async def test_a_file_is_used_once_and_only_with_its_bytes(client: Client) -> None:
    announced = await client.call("POST", f"{API}/uploads", json={"name": "a.jpg"})
    body = {"file_key": announced.json["data"]["file_key"]}
    assert_errors(await client.call("POST", IMAGES, json=body), 409)
    key = await send_file(client, "a.jpg")
    answers = await asyncio.gather(
        *(client.call("POST", IMAGES, json={"file_key": key}) for _ in range(4))
    )
    assert sorted(answer.status for answer in answers) == [201, 422, 422, 422]


async def test_a_creation_that_is_sent_again_makes_one_image(
    client: Client, postgres: Connection
) -> None:
    key = await send_file(client, "a.jpg")
    again = {"Idempotency-Key": "once"}
    first = await client.call("POST", IMAGES, json={"file_key": key}, headers=again)
    assert first.headers["Location"] == f"{IMAGES}/by-id/{first.json['data']['id']}"
    second = await client.call("POST", IMAGES, json={"file_key": key}, headers=again)
    assert (second.status, second.json) == (201, first.json)
    # As after a crash between the commit and the answer.
    await postgres.execute("UPDATE idempotency_keys SET status = NULL, locked_until = now()")
    third = await client.call("POST", IMAGES, json={"file_key": key}, headers=again)
    assert (third.status, third.json) == (201, first.json)


async def test_deletion_is_the_librarys_and_can_be_taken_back(client: Client, parts: Parts) -> None:
    made = await create(client, "a.jpg")
    processing = await client.call("DELETE", f"{IMAGES}/by-id/{made['id']}")
    assert_errors(processing, 409)
    assert int(processing.headers["Retry-After"]) > 0
    await client.process(parts, "a.jpg")
    for _ in range(2):
        deleted = await client.call("DELETE", f"{IMAGES}/by-id/{made['id']}")
        assert deleted.status == 200
        assert deleted.json["data"]["deleted_at"]
    assert_errors(await by_id(client, made["id"]), 404)
    assert_errors(await client.call("GET", f"{IMAGES}/by-key/{made['file_key']}"), 404)
    assert_errors(await client.call("GET", f"{IMAGES}/by-hash/{made['file_hash']}"), 404)
    assert (await client.get("a.jpg")).status == 404
    assert (await client.cdn(made["original_url"])).status == 410
    await client.put("a.jpg", picture(shade=3))
    assert_errors(await client.call("POST", f"{IMAGES}/by-id/{made['id']}/restore"), 409)
    await client.process(parts, "a.jpg")
    await client.delete("a.jpg")
    restored = await client.call("POST", f"{IMAGES}/by-id/{made['id']}/restore")
    assert (restored.status, restored.json["data"]["deleted_at"]) == (200, None)
    assert (await client.cdn(made["original_url"])).status == 200


async def test_deletions_restores_and_uploads_at_once_leave_one_image_of_a_name(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    made = await create(client, "a.jpg")
    await client.process(parts, "a.jpg")
    one = f"{IMAGES}/by-id/{made['id']}"

    async def upload() -> int:
        return (await client.put("a.jpg", picture(shade=7))).status

    async def ask(method: str, path: str) -> int:
        return (await client.call(method, path)).status

    for _ in range(5):
        statuses = await asyncio.gather(
            ask("DELETE", one), upload(), ask("POST", f"{one}/restore"), ask("DELETE", one)
        )
        assert set(statuses) <= {200, 201, 202, 409}, statuses
        rows = await postgres.fetch("SELECT id FROM images WHERE deleted_at IS NULL")
        assert len(rows) <= 1
        if rows:
            await client.process(parts, "a.jpg")


async def test_an_error_says_what_is_wrong_in_the_contracts_form(client: Client) -> None:
    for path in ("by-id/nonsense", "by-id/{113c8e25}", "by-id/%ff", "by-hash/abc"):
        assert_errors(await client.call("GET", f"{IMAGES}/{path}"), 400, path.partition("/")[0][3:])
    assert_errors(await client.call("DELETE", f"{IMAGES}/by-id/1"), 400, "id")
    for method, path in (
        ("GET", f"by-id/{NOBODY}"),
        ("DELETE", f"by-id/{NOBODY}"),
        ("POST", f"by-id/{NOBODY}/restore"),
        ("GET", "by-key/nothing"),
        ("GET", f"by-hash/{'0' * 64}"),
        ("GET", "elsewhere"),
    ):
        assert_errors(await client.call(method, f"{IMAGES}/{path}"), 404)
    assert_errors(await client.call("PUT", IMAGES), 405)
    assert_errors(await client.call("POST", IMAGES, data=b"{"), 400)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ([], ["body"]),
        ({}, ["file_key"]),
        ({"file_key": 1}, ["file_key"]),
        ({"file_key": "0" * 32}, ["file_key"]),
        ({"file_key": "0" * 32, "gravity": "up", "more": 1}, ["gravity", "more"]),
        ({"file_key": "0" * 32, "name": "a\0b"}, ["name"]),
        (
            {"file_key": "0" * 32, "locales": [{"locale": "klingonese-x"}, {"credit": 7}]},
            ["locales.0.locale", "locales.1.locale", "locales.1.credit"],
        ),
        ({"file_key": "0" * 32, "locales": [{"locale": "en"}, {"locale": "EN"}]}, ["locales"]),
    ],
)
async def test_a_body_that_does_not_fit_is_told_by_its_members(
    client: Client, body: object, fields: list[str]
) -> None:
    assert_errors(await client.call("POST", IMAGES, json=body), 422, *fields)


async def test_a_key_is_needed_known_and_of_a_role_that_may(client: Client) -> None:
    one = f"{IMAGES}/by-id/{NOBODY}"
    assert_errors(await client.call("GET", one, headers={"X-API-KEY": ""}), 401)
    assert_errors(await client.call("GET", one, headers={"X-API-KEY": "ft1_no"}), 401)
    reader = await make_client(client.service, "demo", Role.READER)
    assert_errors(await reader.call("GET", one), 404)
    for method, path in (
        ("POST", f"{API}/uploads"),
        ("POST", IMAGES),
        ("PATCH", one),
        ("DELETE", one),
        ("POST", f"{one}/restore"),
    ):
        assert_errors(await reader.call(method, path, json={}), 403)


async def test_the_key_may_stand_in_the_query_instead(client: Client) -> None:
    made = await create(client, "a.jpg")
    path = f"{IMAGES}/by-id/{made['id']}?x-api-key="
    answer = await client.call("GET", path + client.key, headers={"X-API-KEY": ""})
    assert answer.json["data"]["id"] == made["id"]
    assert_errors(await client.call("GET", path + "ft1_no", headers={"X-API-KEY": ""}), 401)
    elsewhere = await client.call(
        "GET", f"/images?x-api-key={client.key}", headers={"X-API-KEY": ""}
    )
    assert elsewhere.status == 401, "nowhere else"


async def test_another_tenants_image_is_not_there(client: Client, parts: Parts) -> None:
    made = await create(client, "a.jpg", locales=[{"locale": "en", "credit": "Ann"}])
    key = await send_file(client, "b.jpg")
    await client.process(parts, "a.jpg")
    other = await make_client(client.service, "other", Role.ADMIN)
    one = f"{IMAGES}/by-id/{made['id']}"
    for method, path in (
        ("GET", one),
        ("DELETE", one),
        ("POST", f"{one}/restore"),
        ("GET", f"{IMAGES}/by-key/{made['file_key']}"),
        ("GET", f"{IMAGES}/by-hash/{made['file_hash']}"),
    ):
        assert_errors(await other.call(method, path), 404)
    assert_errors(await other.call("PATCH", one, json={"locales": []}), 404)
    assert_errors(await other.call("POST", IMAGES, json={"file_key": key}), 422, "file_key")
    shown = (await by_id(client, made["id"])).json["data"]
    assert (shown["deleted_at"], shown["locales"][0]["credit"]) == (None, "Ann")
