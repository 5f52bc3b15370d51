"""Without S3 an upload is 503 and an image waits; nobody calls bytes bad that nobody could read."""

import pytest

from shared.domain.errors import UnavailableError
from shared.settings import Settings
from tests.backstage import expire_leases, running_worker
from tests.bucket import Bucket
from tests.client import KEYS_OF_AN_IMAGE, Client, Connection, assert_problem, eventually, picture
from tests.integration.away.conftest import Ways
from tests.relay import away
from worker.settings import Parts


async def test_an_upload_without_s3_is_503_and_leaves_nothing(
    client: Client, parts: Parts, bucket: Bucket, ways: Ways, postgres: Connection
) -> None:
    async with away(ways.s3):
        answer = await client.put("a.jpg", picture())
        assert_problem(answer, 503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0
        assert (await client.get("a.jpg")).status == 404
        await postgres.execute("UPDATE uploads SET deadline_at = now()")
        with pytest.raises(UnavailableError):
            await parts.sweeper.clear_uploads()
        assert len(await postgres.fetch("SELECT FROM uploads")) == 1
    await postgres.execute("UPDATE uploads SET deadline_at = now()")
    assert await parts.sweeper.clear_uploads() == 1
    assert not await bucket.keys()
    assert (await client.put("a.jpg", picture())).status == 201


async def test_an_image_waits_for_s3_and_never_becomes_an_error(
    client: Client, parts: Parts, ways: Ways, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    async with away(ways.s3):
        row = await client.process(parts, "a.jpg")
        assert (row.status, row.failures, row.retries) == ("Up", 0, 1)
        assert row.due_at is not None
        assert row.status_reason is None
        await postgres.execute("UPDATE images SET busy_since = now() - interval '61 minutes'")
        await expire_leases(postgres)
        row = await client.process(parts, "a.jpg")
        assert (row.status, row.status_reason) == ("Up", "waiting_for_storage")
        metrics = await client.call("GET", "/metrics")
        assert b"fototeca_waiting_for_storage 1.0" in metrics.body
    await expire_leases(postgres)
    row = await client.process(parts, "a.jpg")
    assert (row.status, row.status_reason) == ("Ok", None)


async def test_s3_that_comes_back_is_used_again_by_a_running_worker(
    client: Client, settings: Settings, ways: Ways
) -> None:
    await client.put("a.jpg", picture())
    async with away(ways.s3), running_worker(settings):

        async def has_tried() -> bool:
            return (await client.row("a.jpg")).retries > 0

        await eventually(has_tried)
    async with running_worker(settings):

        async def is_ok() -> bool:
            return (await client.row("a.jpg")).status == "Ok"

        await eventually(is_ok)


async def test_reading_without_s3_is_503_for_bytes_and_200_for_facts(
    client: Client, parts: Parts, ways: Ways
) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    shown = (await client.get("a.jpg")).json
    async with away(ways.s3):
        answer = await client.cdn(shown["originalUrl"])
        assert_problem(answer, 503, "unavailable")
        assert answer.headers["Cache-Control"] == "no-store"
        assert (await client.cdn(shown["originalUrl"], method="HEAD")).status == 200
        assert (await client.get("a.jpg")).json == shown
        assert (await client.delete("a.jpg")).status == 204
    assert (await client.cdn(shown["originalUrl"])).status == 410


async def test_a_deletion_without_s3_is_tried_again(
    client: Client, parts: Parts, bucket: Bucket, ways: Ways, postgres: Connection
) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    await client.delete("a.jpg", "?purge=true")
    async with away(ways.s3):
        with pytest.raises(UnavailableError):
            await parts.sweeper.delete_due()
    tried = await postgres.fetchval("SELECT count(*) FROM deletions WHERE tries = 1")
    assert tried == KEYS_OF_AN_IMAGE
    await postgres.execute("UPDATE deletions SET due_at = now()")
    assert await parts.sweeper.delete_due() == KEYS_OF_AN_IMAGE
    assert not await bucket.keys()
    assert not await postgres.fetch("SELECT FROM deletions")
