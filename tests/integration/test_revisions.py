"""Earlier uploads: which there still are, and how one of them becomes the newest again."""

import asyncio
import hashlib
from typing import Any

from shared.domain.image import Role
from shared.settings import Settings
from tests.bucket import Bucket
from tests.client import (
    KEYS_OF_AN_IMAGE,
    Answer,
    Client,
    Connection,
    assert_problem,
    make_client,
    path_to,
    picture,
)
from worker.settings import Parts

OLD, NEW = picture(30, 20), picture(40, 30, kind="PNG")
REVISIONS = path_to("a.jpg") + "/revisions"


async def _revisions(client: Client) -> list[dict[str, Any]]:
    answer = await client.call("GET", REVISIONS)
    assert answer.status == 200, answer.body
    rows: list[dict[str, Any]] = answer.json["value"]
    return rows


async def _restore(client: Client, number: int | str, **headers: str) -> Answer:
    return await client.call("POST", f"{REVISIONS}/{number}/restore", headers=headers)


async def test_every_revision_is_told_newest_first(client: Client, parts: Parts) -> None:
    await client.put_ok(parts, "a.jpg", OLD)
    await client.put_ok(parts, "a.jpg", NEW)
    await client.put("a.jpg", b"third")
    third, second, first = await _revisions(client)
    assert [row["revision"] for row in (third, second, first)] == [3, 2, 1]
    assert [row["fileType"] for row in (third, second, first)] == [None, "png", "jpg"]
    assert [row["isServed"] for row in (third, second, first)] == [False, True, False]
    assert [row["isNewest"] for row in (third, second, first)] == [True, False, False]
    assert [bool(row["keptUntil"]) for row in (third, second, first)] == [False, False, True]
    for row, data in ((third, b"third"), (second, NEW), (first, OLD)):
        assert row["sizeInBytes"] == len(data)
        assert row["sha256"] == hashlib.sha256(data).hexdigest()
        assert (await client.cdn(row["originalUrl"])).body == data
        assert row["createdOn"]
    page = await client.call("GET", REVISIONS, headers={"Prefer": "maxpagesize=2"})
    assert [row["revision"] for row in page.json["value"]] == [3, 2]
    origin = client.service.library.settings.origin
    rest = await client.call("GET", page.json["@nextLink"].replace(origin, ""))
    assert (rest.json["value"], "@nextLink" in rest.json) == ([first], False)


async def test_a_restored_revision_is_a_new_one_with_its_bytes(
    client: Client, parts: Parts, bucket: Bucket
) -> None:
    await client.put_ok(parts, "a.jpg", OLD)
    await client.put_ok(parts, "a.jpg", NEW)
    before = (await client.get("a.jpg")).json
    answer = await _restore(client, 1)
    assert (answer.status, answer.json["status"]) == (202, "Up")
    assert answer.json["originalUrl"] == before["originalUrl"]
    assert_problem(await _restore(client, 1), 409, "processing")
    row = await client.process(parts, "a.jpg")
    assert (row.status, row.revision, row.file_type) == ("Ok", 3, "jpg")
    shown = (await client.get("a.jpg")).json
    assert (await client.cdn(shown["originalUrl"])).body == OLD
    assert (await client.cdn(before["originalUrl"])).body == NEW
    numbers = [(row["revision"], row["isServed"]) for row in await _revisions(client)]
    assert numbers == [(3, True), (2, False), (1, False)]
    assert len(await bucket.keys()) == 3 * KEYS_OF_AN_IMAGE


async def test_the_newest_that_is_ok_is_not_restored(client: Client, parts: Parts) -> None:
    before = await client.put_ok(parts, "a.jpg", OLD)
    answer = await _restore(client, 1)
    assert (answer.status, answer.json["status"]) == (200, "Ok")
    assert await client.row("a.jpg") == before


async def test_a_revision_with_the_bytes_of_the_newest_is_not_restored(
    client: Client, parts: Parts
) -> None:
    for data in (OLD, NEW, OLD):
        await client.put_ok(parts, "a.jpg", data)
    before = (await client.get("a.jpg")).json
    assert (await _restore(client, 1)).status == 200
    assert (await client.get("a.jpg")).json == before


async def test_a_good_revision_comes_back_after_bytes_that_were_at_fault(
    client: Client, parts: Parts
) -> None:
    await client.put_ok(parts, "a.jpg", OLD)
    await client.put("a.jpg", b"no picture")
    assert (await client.process(parts, "a.jpg")).status == "Er"
    assert (await _restore(client, 1)).status == 202
    row = await client.process(parts, "a.jpg")
    assert (row.status, row.revision) == ("Ok", 3)


async def test_what_is_not_there_any_more_is_404(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    assert_problem(await _restore(client, 1), 404, "not-found")
    assert_problem(await client.call("GET", REVISIONS), 404, "not-found")
    await client.put_ok(parts, "a.jpg", OLD)
    await client.put_ok(parts, "a.jpg", NEW)
    before = await client.row("a.jpg")
    await postgres.execute("UPDATE deletions SET due_at = now()")
    await parts.sweeper.delete_due()
    assert [row["revision"] for row in await _revisions(client)] == [2]
    for number in (1, 0, 3, 2**31, 10**19):
        assert_problem(await _restore(client, number), 404, "not-found")
    assert (await client.row("a.jpg")).row_version == before.row_version


async def test_an_original_that_goes_while_it_is_restored_leaves_all_as_it_was(
    client: Client, parts: Parts, bucket: Bucket, settings: Settings
) -> None:
    assert bucket.name == settings.s3_bucket
    await client.put_ok(parts, "a.jpg", OLD)
    await client.put_ok(parts, "a.jpg", NEW)
    key = (await _revisions(client))[1]["originalUrl"].partition("/cdn/")[2]
    before = (await client.get("a.jpg")).json
    await bucket.put(key, OLD + b"of another")
    assert_problem(await _restore(client, 1), 409, "conflict")
    await bucket.delete(key)
    assert_problem(await _restore(client, 1), 404, "not-found")
    assert (await client.get("a.jpg")).json == before
    await parts.sweeper.clear_uploads()
    assert len(await bucket.keys()) == 2 * KEYS_OF_AN_IMAGE - 1


async def test_of_two_restores_at_once_one_is_made(client: Client, parts: Parts) -> None:
    await client.put_ok(parts, "a.jpg", OLD)
    await client.put_ok(parts, "a.jpg", NEW)
    answers = await asyncio.gather(_restore(client, 1), _restore(client, 1))
    assert sorted(answer.status for answer in answers) == [202, 409]
    assert (await client.process(parts, "a.jpg")).status == "Ok"


async def test_a_restore_heeds_conditions_roles_and_tenants(client: Client, parts: Parts) -> None:
    await client.put_ok(parts, "a.jpg", OLD)
    seen = (await client.get("a.jpg")).headers["ETag"]
    await client.put_ok(parts, "a.jpg", NEW)
    assert_problem(await _restore(client, 1, **{"If-Match": seen}), 412, "precondition-failed")
    reader = await make_client(client.service, "demo", Role.READER)
    assert len(await _revisions(reader)) == 2
    assert_problem(await _restore(reader, 1), 403, "forbidden")
    other = await make_client(client.service, "other", Role.ADMIN)
    assert_problem(await _restore(other, 1), 404, "not-found")
    assert_problem(await other.call("GET", REVISIONS), 404, "not-found")
