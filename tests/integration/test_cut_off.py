"""An upload cut off in the middle leaves nothing behind, in Postgres or in the bucket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shared.domain.image import Role
from shared.settings import Settings
from tests.bucket import Bucket
from tests.client import (
    Client,
    Connection,
    assert_problem,
    eventually,
    make_client,
    path_to,
    running_service,
)
from tests.raw import connection, head, read_answer
from worker.settings import Parts

MEBIBYTE = 1024 * 1024
FORM = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.jpg"\r\n\r\n'

PUT = f"PUT {path_to('a.jpg')}"
HEADS = {
    "length": (PUT, ["Content-Length: 99999999"], b""),
    "chunked": (PUT, ["Transfer-Encoding: chunked"], b"4000000\r\n"),
    "form": (
        "POST /images",
        ["Content-Type: multipart/form-data; boundary=x", "Content-Length: 99999999"],
        FORM,
    ),
}


async def _gone(postgres: Connection, bucket: Bucket, parts: Parts) -> bool:
    """Sweep once, and say whether nothing at all is left."""
    await parts.sweeper.clear_uploads()
    await parts.sweeper.delete_due()
    rows = await postgres.fetch(
        "SELECT key FROM uploads UNION SELECT key FROM objects UNION SELECT key FROM deletions"
    )
    return not rows and not await bucket.keys() and not await bucket.unfinished()


@pytest.mark.parametrize("kind", HEADS)
@pytest.mark.parametrize("sent", [0, 1000, 20 * MEBIBYTE], ids=["none", "a part", "three parts"])
async def test_a_client_that_goes_away_leaves_nothing(
    kind: str, sent: int, client: Client, parts: Parts, bucket: Bucket, postgres: Connection
) -> None:
    line, headers, start = HEADS[kind]
    async with connection(client.service.port) as (_, writer):
        writer.write(head(client, line, *headers) + start + bytes(sent))
        await writer.drain()

        async def has_begun() -> bool:
            return bool(await postgres.fetch("SELECT FROM uploads"))

        await eventually(has_begun)
        writer.transport.abort()

    async def is_gone() -> bool:
        return await _gone(postgres, bucket, parts)

    await eventually(is_gone)
    assert (await client.get("a.jpg")).status == 404
    assert not await postgres.fetch("SELECT FROM images")


@pytest.mark.parametrize("line", [PUT, "POST /images"], ids=["file", "json"])
async def test_a_body_that_cannot_be_read_on_is_refused_at_once(
    line: str, client: Client, parts: Parts, bucket: Bucket, postgres: Connection
) -> None:
    headers = ("Transfer-Encoding: chunked", "Expect: 100-continue")
    async with connection(client.service.port) as (reader, writer):
        writer.write(head(client, line, "Content-Type: application/json", *headers))
        assert (await read_answer(reader)).status == 100
        writer.write(b'5\r\n{"a":\r\nno length\r\n')
        assert_problem(await read_answer(reader), 400, "validation")
        assert await reader.read() == b""

    async def is_gone() -> bool:
        return await _gone(postgres, bucket, parts)

    await eventually(is_gone)


@asynccontextmanager
async def _in_parts(client: Client, bucket: Bucket) -> AsyncIterator[None]:
    """Have an upload under way, of which S3 has some parts."""
    async with connection(client.service.port) as (_, writer):
        writer.write(head(client, PUT, "Content-Length: 99999999") + bytes(20 * MEBIBYTE))
        await writer.drain()

        async def is_in_parts() -> bool:
            return bool(await bucket.unfinished())

        await eventually(is_in_parts)
        yield


async def test_an_upload_in_work_is_not_swept(
    client: Client, parts: Parts, bucket: Bucket, postgres: Connection
) -> None:
    async with _in_parts(client, bucket):
        assert await parts.sweeper.clear_uploads() == 0
        assert await bucket.unfinished()
        (row,) = await postgres.fetch("SELECT multipart_id, deadline_at > now() AS ok FROM uploads")
        assert row["multipart_id"]
        assert row["ok"]


async def test_an_upload_whose_process_died_is_swept_after_its_deadline(
    client: Client, parts: Parts, bucket: Bucket, postgres: Connection
) -> None:
    async with _in_parts(client, bucket):
        await postgres.execute("UPDATE uploads SET deadline_at = now()")
        assert await _gone(postgres, bucket, parts)


async def test_a_client_that_takes_too_long_is_told_so(settings: Settings, bucket: Bucket) -> None:
    assert bucket.name == settings.s3_bucket
    brief = settings.model_copy(update={"upload_timeout_s": 1})
    async with running_service(brief) as service, connection(service.port) as (reader, writer):
        client = await make_client(service, "demo", Role.EDITOR)
        writer.write(head(client, PUT, "Content-Length: 1000") + b"a")
        answer = await read_answer(reader)
        assert_problem(answer, 408, "upload-timeout")
    assert not await bucket.keys()
