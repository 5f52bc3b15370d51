"""What S3 does after nobody waits for it any more is undone too: in the end nothing is left."""

from contextlib import AsyncExitStack

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
    picture,
    running_service,
)
from tests.raw import connection, head, read_answer
from tests.wire import wired
from worker.settings import Parts

MEBIBYTE = 1024 * 1024
SMALL, LARGE = picture(), bytes(9 * MEBIBYTE)

LATE = {
    "put": (SMALL, r"^PUT [^?]+ HTTP"),
    "begin": (LARGE, r"^POST \S+\?uploads"),
    "complete": (LARGE, r"^POST \S+\?uploadId="),
}

DUE_IN = "SELECT extract(EPOCH FROM deadline_at - now())::float8 FROM uploads"


@pytest.mark.parametrize("call", LATE)
async def test_a_call_to_s3_that_arrives_after_the_upload_failed_leaves_nothing(
    call: str, settings: Settings, bucket: Bucket, parts: Parts, postgres: Connection
) -> None:
    data, late = LATE[call]
    brief = settings.model_copy(update={"upload_timeout_s": 3 if data is SMALL else 6})
    async with wired(brief, late) as (through, wire), running_service(through) as service:
        client = await make_client(service, "demo", Role.EDITOR)
        assert_problem(await client.put("a.jpg", data), 408, "upload-timeout")
        assert wire.gate.reached.is_set()
        assert await parts.sweeper.clear_uploads() == 0
        assert 800 < await postgres.fetchval(DUE_IN) <= 900
        wire.gate.opened.set()

        async def has_arrived() -> bool:
            return bool(await bucket.keys() or await bucket.unfinished())

        await eventually(has_arrived)
    await postgres.execute("UPDATE uploads SET deadline_at = now()")
    assert await parts.sweeper.clear_uploads() == 1
    assert not await bucket.keys()
    assert await bucket.unfinished() == []
    assert not await postgres.fetch("SELECT FROM uploads")


async def test_an_upload_that_ends_with_the_service_is_noted_before_the_database_closes(
    settings: Settings, bucket: Bucket, postgres: Connection
) -> None:
    assert bucket.name == settings.s3_bucket
    async with wired(settings, LATE["put"][1]) as (through, wire), AsyncExitStack() as stack:
        async with running_service(through) as service:
            client = await make_client(service, "demo", Role.EDITOR)
            _, writer = await stack.enter_async_context(connection(service.port))
            length = f"Content-Length: {len(SMALL)}"
            writer.write(head(client, f"PUT {path_to('a.jpg')}", length) + SMALL)
            await wire.gate.reached.wait()
            assert await postgres.fetchval(DUE_IN) > 900
        assert 800 < await postgres.fetchval(DUE_IN) <= 900


async def test_where_every_call_was_answered_nothing_is_waited_for(
    client: Client, parts: Parts, bucket: Bucket, postgres: Connection
) -> None:
    async with connection(client.service.port) as (reader, writer):
        lines = [f"PUT {path_to('a.jpg')}", "Content-Length: 0"]
        writer.write(head(client, *lines))
        assert_problem(await read_answer(reader), 400, "validation")
    assert await postgres.fetchval(DUE_IN) <= 0
    assert await parts.sweeper.clear_uploads() == 1
    assert not await bucket.keys()


async def test_an_upload_in_parts_that_only_s3_knows_of_is_aborted(
    client: Client, parts: Parts, bucket: Bucket, postgres: Connection
) -> None:
    key = "demo/01890a5d-ac96-774b-bcce-b302099a8057/1/a (1)%.jpg"
    await bucket.s3.create_multipart_upload(Bucket=bucket.name, Key=key)
    await bucket.s3.create_multipart_upload(Bucket=bucket.name, Key=key + ".longer")
    await postgres.execute(
        "INSERT INTO uploads (tenant_id, id, uid, reference, revision, key, deadline_at) "
        "VALUES ($1, gen_random_uuid(), gen_random_uuid(), 'a.jpg', 1, $2, now())",
        client.tenant.id,
        key,
    )
    assert await parts.sweeper.clear_uploads() == 1
    assert await bucket.unfinished() == [key + ".longer"]
