"""Presigned uploads that are refused: what is wrong, and what to do now."""

import asyncio
from typing import Any

import pytest

from shared.domain.image import Role
from shared.settings import Settings
from tests.bucket import Bucket
from tests.client import Client, assert_problem, make_client, running_service
from tests.presigned import DATA, announce, complete, open_upload, send
from worker.settings import Parts

BAD: dict[str, list[Any]] = {
    "sizeInBytes": [None, 0, -1, "5", 1.5, True],
    "reference": [None, 7, "", "a\u0000"],
    "tags": ["x", [1]],
    "sha256": ["00", 7],
    "multipart": ["yes"],
    "size": [1],
}


@pytest.mark.parametrize("data", [DATA + b"\0", DATA[:-1]])
async def test_another_length_is_refused_by_s3_itself(client: Client, data: bytes) -> None:
    upload = await open_upload(client)
    assert await send(client, upload, data) == 403
    refused = await complete(client)
    assert_problem(refused, 409, "conflict")
    assert refused.json["detail"].startswith("Nothing has arrived")


async def test_a_length_that_a_server_let_pass_is_refused(
    settings: Settings, moto: str, bucket: Bucket
) -> None:
    assert bucket.name == settings.s3_bucket
    lax = settings.model_copy(update={"s3_endpoint_url": moto})
    async with running_service(lax) as service:
        client = await make_client(service, "demo", Role.EDITOR)
        async with service.session.put(f"{moto}/{lax.s3_bucket}") as made:
            assert made.status == 200
        upload = await open_upload(client)
        assert await send(client, upload, DATA + b"\0") == 200
        refused = await complete(client)
        assert_problem(refused, 409, "conflict")
        assert f"{len(DATA) + 1} bytes have arrived, {len(DATA)}" in refused.json["detail"]
        assert await send(client, upload) == 200
        assert (await complete(client)).status == 202


async def test_open_uploads_are_bounded(settings: Settings, bucket: Bucket) -> None:
    assert bucket.name == settings.s3_bucket
    async with running_service(settings.model_copy(update={"max_open_uploads": 2})) as service:
        client = await make_client(service, "demo", Role.EDITOR)
        answers = await asyncio.gather(*(announce(client, f"{n}.jpg") for n in range(5)))
        assert sorted(answer.status for answer in answers) == [201, 201, 429, 429, 429]
        refused = next(answer for answer in answers if answer.status == 429)
        assert_problem(refused, 429, "too-many-uploads")
        assert 3500 < int(refused.headers["Retry-After"]) <= 3601
        done = next(answer.json for answer in answers if answer.status == 201)
        await send(client, done["upload"])
        assert (await complete(client, done["reference"])).status == 202
        assert (await announce(client, "next.jpg")).status == 201


async def test_an_existing_image_is_not_replaced(client: Client, parts: Parts) -> None:
    await client.put_ok(parts, "a.jpg", DATA)
    assert_problem(await announce(client), 409, "conflict", "reference")
    assert_problem(await complete(client), 409, "conflict")


@pytest.mark.parametrize("member", BAD)
async def test_a_wrong_member_is_named(client: Client, member: str) -> None:
    for value in BAD[member]:
        members: dict[str, Any] = {"reference": "a.jpg", member: value}
        assert_problem(await announce(client, **members), 400, "validation", member)


async def test_more_than_the_limit_is_refused_before_anything_is_sent(client: Client) -> None:
    refused = await announce(client, sizeInBytes=10**18)
    assert_problem(refused, 413, "too-large")
    assert "1073741824 bytes" in refused.json["detail"]


async def test_only_editors_announce_and_complete(client: Client) -> None:
    reader = await make_client(client.service, "demo", Role.READER)
    assert_problem(await announce(reader), 403, "forbidden")
    await open_upload(client)
    assert_problem(await complete(reader), 403, "forbidden")
    stranger = await make_client(client.service, "other", Role.ADMIN)
    assert_problem(await complete(stranger), 404, "not-found")
