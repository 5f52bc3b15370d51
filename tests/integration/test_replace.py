"""A replaced image serves the previous bytes until the new ones are Ok; then all at once."""

import io

from PIL import Image as Pillow

from shared.domain.image import Role
from shared.settings import Settings
from tests.bucket import Bucket
from tests.client import (
    KEYS_OF_AN_IMAGE,
    URL_FIELDS,
    Client,
    Connection,
    assert_problem,
    make_client,
    path_to,
    picture,
    running_service,
)
from worker.settings import Parts, open_parts

OLD, NEW = picture(300, 200), picture(400, 300, shade=7)
SHOWN = [*URL_FIELDS, "width", "height", "sizeInBytes", "fileType"]


async def _shown(client: Client) -> dict[str, object]:
    answer = await client.get("a.jpg", "?$select=*,sha256,md5,contentType")
    return {name: answer.json[name] for name in [*SHOWN, "sha256", "md5", "contentType"]}


async def _bytes(client: Client, shown: dict[str, object]) -> list[bytes]:
    answers = [await client.cdn(str(shown[field])) for field in URL_FIELDS]
    assert {answer.status for answer in answers} == {200}
    return [answer.body for answer in answers]


def _size(data: bytes) -> tuple[int, int]:
    with Pillow.open(io.BytesIO(data)) as image:
        return image.size


async def test_the_previous_bytes_are_served_until_all_switches_at_once(
    client: Client, parts: Parts
) -> None:
    await client.put_ok(parts, "a.jpg", OLD)
    before = await _shown(client)
    old_bytes = await _bytes(client, before)
    replaced = await client.put("a.jpg", NEW)
    assert (replaced.status, replaced.json["status"]) == (202, "Up")
    assert await _shown(client) == before
    await client.process(parts, "a.jpg")
    after = await _shown(client)
    assert not set(before.values()) & {after[name] for name in [*URL_FIELDS, "width", "sha256"]}
    assert (await _bytes(client, after))[0] == NEW
    assert await _bytes(client, before) == old_bytes


async def test_bytes_at_fault_leave_the_previous_ones_served(client: Client, parts: Parts) -> None:
    await client.put_ok(parts, "a.jpg", OLD)
    before = await _shown(client)
    await client.put("a.jpg", b"no picture")
    assert (await client.process(parts, "a.jpg")).status == "Er"
    assert await _shown(client) == before
    assert (await _bytes(client, before))[0] == OLD
    await client.put("a.jpg", NEW)
    assert (await client.process(parts, "a.jpg")).status == "Ok"


async def test_superseded_keys_go_after_the_retention_time_and_not_before(
    client: Client, parts: Parts, bucket: Bucket, postgres: Connection
) -> None:
    await client.put_ok(parts, "a.jpg", OLD)
    superseded = await bucket.keys()
    await client.put_ok(parts, "a.jpg", NEW)
    due = await postgres.fetch("SELECT key, extract(days FROM due_at - now()) AS d FROM deletions")
    assert {row["key"] for row in due} == superseded
    assert {int(row["d"]) for row in due} == {29}
    await parts.sweeper.delete_due()
    assert superseded < await bucket.keys()
    await postgres.execute("UPDATE deletions SET due_at = now()")
    await parts.sweeper.delete_due()
    assert not superseded & await bucket.keys()
    assert (await _bytes(client, await _shown(client)))[0] == NEW


async def test_what_was_deleted_for_good_is_404(settings: Settings, bucket: Bucket) -> None:
    assert bucket.name == settings.s3_bucket
    brief = settings.model_copy(update={"retention_days": 0})
    async with running_service(brief) as service, open_parts(brief) as parts:
        client = await make_client(service, "demo", Role.ADMIN)
        await client.put_ok(parts, "a.jpg", OLD)
        before = await _shown(client)
        await client.put_ok(parts, "a.jpg", NEW)
        await parts.sweeper.delete_due()
        for field in URL_FIELDS:
            assert_problem(await client.cdn(str(before[field])), 404, "not-found")
        assert len(await bucket.keys()) == KEYS_OF_AN_IMAGE


async def test_reprocessing_with_other_sizes_makes_urls_anew_and_keeps_the_old(
    settings: Settings, client: Client, parts: Parts
) -> None:
    await client.put_ok(parts, "a.jpg", OLD)
    before = await _shown(client)
    old_bytes = await _bytes(client, before)
    answer = await client.call("POST", path_to("a.jpg") + "/reprocess")
    assert (answer.status, answer.json["status"]) == (202, "Re")
    assert await _shown(client) == before
    other_sizes = settings.model_copy(update={"thumbnail_sizes_px": "40,80,160"})
    async with open_parts(other_sizes) as resized:
        assert (await client.process(resized, "a.jpg")).status == "Ok"
    after = await _shown(client)
    assert after["originalUrl"] == before["originalUrl"]
    assert not {before[name] for name in URL_FIELDS[1:]} & {after[name] for name in URL_FIELDS[1:]}
    original, *thumbnails = await _bytes(client, after)
    assert original == OLD
    assert [max(_size(data)) for data in thumbnails] == [40, 80, 160]
    assert await _bytes(client, before) == old_bytes


async def test_reprocessing_while_processing_conflicts(client: Client, parts: Parts) -> None:
    await client.put_ok(parts, "a.jpg", OLD)
    assert (await client.call("POST", path_to("a.jpg") + "/reprocess")).status == 202
    answer = await client.call("POST", path_to("a.jpg") + "/reprocess")
    assert_problem(answer, 409, "processing")
    assert int(answer.headers["Retry-After"]) > 0


async def test_reprocessing_of_an_error_may_make_it_ok(
    settings: Settings, client: Client, parts: Parts
) -> None:
    await client.put("a.jpg", OLD)
    async with open_parts(settings.model_copy(update={"max_pixels": 100})) as strict:
        row = await client.process(strict, "a.jpg")
    assert (row.status, row.status_reason) == ("Er", "too_many_pixels")
    assert (await client.call("POST", path_to("a.jpg") + "/reprocess")).status == 202
    row = await client.process(parts, "a.jpg")
    assert (row.status, row.status_reason) == ("Ok", None)
