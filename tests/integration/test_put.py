"""PUT: creates, replaces, leaves the same bytes alone, and says no before it reads."""

from collections.abc import AsyncIterator

import pytest

from shared.domain.image import Role
from shared.settings import Settings
from tests.bucket import Bucket
from tests.client import (
    DOCUMENT_FIELDS,
    Client,
    assert_problem,
    make_client,
    path_to,
    picture,
    running_service,
)
from worker.settings import Parts


async def test_put_of_a_new_reference_is_201_with_its_place(client: Client) -> None:
    data = picture()
    answer = await client.put("it's (1).jpg", data)
    assert answer.status == 201
    assert list(answer.json) == DOCUMENT_FIELDS
    assert answer.json["status"] == "Up"
    assert answer.json["sizeInBytes"] == len(data)
    assert answer.json["fileType"] is None
    assert answer.json["thumbnailUrl"] is None
    assert answer.json["tags"] == []
    found = await client.call("GET", answer.headers["Location"])
    assert found.json == answer.json
    assert found.headers["ETag"] == answer.headers["ETag"]


async def test_put_of_other_bytes_is_202_and_a_new_revision(client: Client, parts: Parts) -> None:
    before = await client.put_ok(parts, "a.jpg", picture(shade=1))
    answer = await client.put("a.jpg", picture(shade=2))
    assert answer.status == 202
    assert "Location" not in answer.headers
    after = await client.row("a.jpg")
    assert (after.id, after.uid) == (before.id, before.uid)
    assert after.revision > before.revision
    assert after.status == "Up"


async def test_put_of_the_same_bytes_is_200_and_does_nothing(
    client: Client, parts: Parts, bucket: Bucket
) -> None:
    before = await client.put_ok(parts, "a.jpg", picture())
    keys = await bucket.keys()
    answer = await client.put("a.jpg", picture())
    assert answer.status == 200
    assert await client.row("a.jpg") == before
    await parts.sweeper.delete_due()
    assert await bucket.keys() == keys


async def test_put_of_the_same_bytes_over_an_error_tries_again(
    client: Client, parts: Parts
) -> None:
    await client.put("a.jpg", b"no picture")
    assert (await client.process(parts, "a.jpg")).status == "Er"
    answer = await client.put("a.jpg", b"no picture")
    assert answer.status == 202
    assert answer.json["status"] == "Up"


async def test_put_while_processing_conflicts_before_and_after(client: Client) -> None:
    await client.put("a.jpg", picture())
    answer = await client.put("a.jpg", picture(shade=7))
    assert_problem(answer, 409, "processing")
    assert int(answer.headers["Retry-After"]) > 0


async def test_put_of_nothing_is_refused_and_leaves_nothing(
    client: Client, parts: Parts, bucket: Bucket
) -> None:
    assert_problem(await client.put("a.jpg", b""), 400, "validation")
    assert (await client.get("a.jpg")).status == 404
    await parts.sweeper.clear_uploads()
    assert not await bucket.keys()


async def test_put_of_a_form_says_where_forms_go(client: Client) -> None:
    answer = await client.put("a.jpg", b"--x", headers={"Content-Type": "multipart/form-data"})
    assert_problem(answer, 400, "validation", "Content-Type")
    assert "POST /images" in answer.json["detail"]


async def test_a_wrong_select_is_refused_before_anything_is_stored(client: Client) -> None:
    answer = await client.call("PUT", path_to("a.jpg") + "?$select=nope", data=picture())
    assert_problem(answer, 400, "validation", "$select")
    assert (await client.get("a.jpg")).status == 404


async def test_a_reader_may_not_put(client: Client) -> None:
    reader = await make_client(client.service, "demo", Role.READER)
    assert_problem(await reader.put("a.jpg", picture()), 403, "forbidden")


async def _undeclared(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 1000):
        yield data[start : start + 1000]


async def test_a_body_without_a_declared_length_is_stored(client: Client, parts: Parts) -> None:
    data = picture(640, 480)
    assert (await client.put("a.jpg", _undeclared(data))).status == 201
    row = await client.process(parts, "a.jpg")
    assert (row.status, row.size_in_bytes) == ("Ok", len(data))


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_over_the_limit_is_413_and_leaves_nothing(
    declared: bool,  # noqa: FBT001 the two cases of one promise
    settings: Settings,
    bucket: Bucket,
    parts: Parts,
) -> None:
    small = settings.model_copy(update={"max_upload_bytes": 5000})
    async with running_service(small) as service:
        client = await make_client(service, "demo", Role.EDITOR)
        data = b"x" * 5001
        answer = await client.put("a.jpg", data if declared else _undeclared(data))
        assert_problem(answer, 413, "too-large")
        assert "5000 bytes" in answer.json["detail"]
        assert (await client.get("a.jpg")).status == 404
        assert (await client.put("b.jpg", data[:5000])).status == 201
    await parts.sweeper.clear_uploads()
    assert len(await bucket.keys()) == 1


async def test_a_range_of_a_file_is_not_taken_for_the_whole(client: Client) -> None:
    data = picture()
    headers = {"Content-Range": f"bytes 0-{len(data) - 1}/{len(data) * 2}"}
    answer = await client.put("a.jpg", data, headers=headers)
    assert_problem(answer, 400, "validation", "Content-Range")
    assert (await client.get("a.jpg")).status == 404
