"""Uploads that meet: each image ends with the bytes of one of them, whole, and no others remain."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.bucket import Bucket
from tests.client import KEYS_OF_AN_IMAGE, Answer, Client, assert_problem, path_to, picture
from worker.settings import Parts

OLD, NEW, NEWER = picture(300, 200), picture(400, 300, shade=7), picture(500, 400, shade=9)


class Body:
    """A body of which the last byte waits."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.begun = asyncio.Event()
        self.ending = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield all but one byte, and that when it is time."""
        yield self._data[:-1]
        self.begun.set()
        await self.ending.wait()
        yield self._data[-1:]


async def _begin(client: Client, body: Body, **kwargs: dict[str, str]) -> asyncio.Task[Answer]:
    task = asyncio.create_task(client.put("a.jpg", aiter(body), **kwargs))
    await body.begun.wait()
    return task


async def _nothing_left_but(count: int, parts: Parts, bucket: Bucket) -> None:
    await parts.sweeper.clear_uploads()
    await parts.sweeper.delete_due()
    assert len(await bucket.keys()) == count


async def test_of_two_uploads_to_a_new_name_the_first_to_end_stands(
    client: Client, parts: Parts, bucket: Bucket
) -> None:
    slow, quick = Body(OLD), Body(NEW)
    first, second = await _begin(client, slow), await _begin(client, quick)
    quick.ending.set()
    assert (await second).status == 201
    slow.ending.set()
    refused = await first
    assert_problem(refused, 409, "conflict", "reference")
    assert int(refused.headers["Retry-After"]) > 0
    row = await client.process(parts, "a.jpg")
    assert row.size_in_bytes == len(NEW)
    await _nothing_left_but(KEYS_OF_AN_IMAGE, parts, bucket)


async def test_of_two_uploads_over_an_image_the_first_to_end_stands(
    client: Client, parts: Parts, bucket: Bucket
) -> None:
    await client.put_ok(parts, "a.jpg", OLD)
    slow, quick = Body(NEW), Body(NEWER)
    first, second = await _begin(client, slow), await _begin(client, quick)
    quick.ending.set()
    assert (await second).status == 202
    slow.ending.set()
    refused = await first
    assert_problem(refused, 409, "processing")
    assert int(refused.headers["Retry-After"]) > 0
    row = await client.process(parts, "a.jpg")
    assert row.size_in_bytes == len(NEWER)
    await _nothing_left_but(2 * KEYS_OF_AN_IMAGE, parts, bucket)


async def test_an_upload_that_was_overtaken_and_processed_does_not_undo_it(
    client: Client, parts: Parts, bucket: Bucket
) -> None:
    await client.put_ok(parts, "a.jpg", OLD)
    slow = Body(NEW)
    first = await _begin(client, slow)
    await client.put_ok(parts, "a.jpg", NEWER)
    slow.ending.set()
    assert_problem(await first, 409, "conflict")
    assert (await client.row("a.jpg")).size_in_bytes == len(NEWER)
    await _nothing_left_but(2 * KEYS_OF_AN_IMAGE, parts, bucket)


async def test_an_upload_is_refused_at_its_end_when_processing_began_meanwhile(
    client: Client, parts: Parts, bucket: Bucket
) -> None:
    await client.put_ok(parts, "a.jpg", OLD)
    slow = Body(NEW)
    upload = await _begin(client, slow)
    await client.call("POST", path_to("a.jpg") + "/reprocess")
    slow.ending.set()
    refused = await upload
    assert_problem(refused, 409, "processing")
    assert int(refused.headers["Retry-After"]) > 0
    assert (await client.process(parts, "a.jpg")).status == "Ok"
    await parts.sweeper.clear_uploads()
    assert len({key.split("/")[2] for key in await bucket.keys()}) == 3


@pytest.mark.parametrize("purge", ["", "?purge=true"])
async def test_an_upload_over_an_image_that_was_deleted_meanwhile_is_refused(
    purge: str, client: Client, parts: Parts, bucket: Bucket
) -> None:
    await client.put_ok(parts, "a.jpg", OLD)
    slow = Body(NEW)
    upload = await _begin(client, slow)
    assert (await client.delete("a.jpg", purge)).status == 204
    slow.ending.set()
    assert_problem(await upload, 409, "conflict")
    assert (await client.get("a.jpg")).status == 404
    await _nothing_left_but(0 if purge else KEYS_OF_AN_IMAGE, parts, bucket)


@pytest.mark.parametrize("is_taken", [False, True], ids=["name free", "name taken"])
async def test_an_upload_for_a_name_that_its_image_has_lost_is_refused(
    *, is_taken: bool, client: Client, parts: Parts, bucket: Bucket
) -> None:
    before = await client.put_ok(parts, "a.jpg", OLD)
    slow = Body(NEW)
    upload = await _begin(client, slow)
    await client.call("PATCH", path_to("a.jpg"), json={"reference": "b.jpg"})
    if is_taken:
        await client.put_ok(parts, "a.jpg", NEWER)
    slow.ending.set()
    refused = await upload
    assert_problem(refused, 409, "conflict", "reference")
    assert "b.jpg" in refused.json["detail"]
    row = await client.row("b.jpg")
    assert (row.id, row.size_in_bytes, row.status) == (before.id, len(OLD), "Ok")
    assert (await client.get("a.jpg")).status == (200 if is_taken else 404)
    await _nothing_left_but((2 if is_taken else 1) * KEYS_OF_AN_IMAGE, parts, bucket)


async def test_what_was_seen_is_compared_again_at_the_end(client: Client, parts: Parts) -> None:
    await client.put_ok(parts, "a.jpg", OLD)
    seen = (await client.get("a.jpg")).headers["ETag"]
    slow = Body(NEW)
    upload = await _begin(client, slow, headers={"If-Match": seen})
    await client.call("PATCH", path_to("a.jpg"), json={"title": "A"})
    slow.ending.set()
    assert_problem(await upload, 412, "precondition-failed")


async def test_create_only_is_checked_again_at_the_end(client: Client) -> None:
    slow = Body(OLD)
    upload = await _begin(client, slow, headers={"If-None-Match": "*"})
    assert (await client.put("a.jpg", NEW)).status == 201
    slow.ending.set()
    assert_problem(await upload, 412, "precondition-failed")


async def test_of_many_uploads_at_once_exactly_one_creates(
    client: Client, parts: Parts, bucket: Bucket
) -> None:
    uploads = [client.put("a.jpg", picture(shade=shade)) for shade in range(1, 9)]
    statuses = sorted([answer.status for answer in await asyncio.gather(*uploads)])
    assert statuses == [201] + [409] * 7
    assert (await client.process(parts, "a.jpg")).status == "Ok"
    await _nothing_left_but(KEYS_OF_AN_IMAGE, parts, bucket)
