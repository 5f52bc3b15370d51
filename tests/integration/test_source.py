"""Images by URL: fetched by a worker from real servers, some of them not what they should be."""

import hashlib
import signal
from asyncio import StreamWriter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from shared.domain.image import Image, Role
from shared.settings import Settings
from tests.backstage import Gate, expire_leases, running_worker
from tests.bucket import Bucket
from tests.client import (
    KEYS_OF_AN_IMAGE,
    Answer,
    Client,
    Connection,
    assert_problem,
    eventually,
    make_client,
    picture,
)
from tests.outside import service_process
from tests.sources import Handler, Source, answer, drip, redirect, running_source, silence
from worker.settings import ARRIVALS_AT_ONCE, ARRIVALS_PER_TENANT, Parts

SHOWN = "?$select=*,sourceUrl,statusReason,statusDetail,sha256,uid"

TIMEOUT_S = 300


@pytest.fixture
async def source() -> AsyncIterator[Source]:
    async with running_source() as running:
        yield running


@pytest.fixture
async def settings(settings: Settings, source: Source) -> Settings:
    """Settings of a library that may reach the test's own source."""
    return settings.model_copy(
        update={
            "outgoing_allowed_hosts": source.host,
            "source_timeout_s": TIMEOUT_S,
            "max_upload_bytes": 30_000_000,
            "lease_s": 3,
        }
    )


async def post(client: Client, reference: str, url: Any, **more: Any) -> Answer:
    body = {"reference": reference, "sourceUrl": url, **more}
    return await client.call("POST", "/images" + SHOWN, json=body)


async def fetched(client: Client, parts: Parts, source: Source, sent: Handler) -> Image:
    """Import what a source sends, and return what came of the first try."""
    source.answers["/a.jpg"] = sent
    created = await post(client, "a.jpg", source.url("/a.jpg"))
    assert created.status == 201, created.body
    return await client.process(parts, "a.jpg")


async def has_status(client: Client, reference: str, status: str) -> bool:
    return (await client.row(reference)).status == status


async def test_a_url_becomes_an_image(client: Client, parts: Parts, source: Source) -> None:
    data = picture()
    source.answers["/a?sig=%2F"] = answer(data, "Content-Type: text/html")
    url = source.url("/a?sig=%2F")
    created = await post(client, "a.jpg", url, tags=["new"])
    assert created.status == 201
    assert created.headers["ETag"]
    shown = created.json
    assert (shown["status"], shown["sourceUrl"], shown["tags"]) == ("Up", url, ["new"])
    assert (shown["sizeInBytes"], shown["originalUrl"]) == (0, None)
    await client.process(parts, "a.jpg")
    shown = (await client.get("a.jpg", SHOWN)).json
    assert (shown["status"], shown["statusReason"], shown["sourceUrl"]) == ("Ok", None, url)
    assert shown["sha256"] == hashlib.sha256(data).hexdigest()
    assert (await client.cdn(shown["originalUrl"])).body == data
    listed = await client.call("GET", "/images?$filter=contains(sourceUrl,'sig')")
    assert [image["reference"] for image in listed.json["value"]] == ["a.jpg"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"sourceUrl": "ftp://example.com/a.jpg"}, "sourceUrl"),
        ({"sourceUrl": "http://example.com\0/a.jpg"}, "sourceUrl"),
        ({"sourceUrl": "http://127.0.0.1/a.jpg"}, "sourceUrl"),
        ({"sourceUrl": "http://[::ffff:10.0.0.1]/a.jpg"}, "sourceUrl"),
        ({"sourceUrl": "https://me:secret@example.com/a.jpg"}, "sourceUrl"),
        ({"sourceUrl": 7}, "sourceUrl"),
        ({"sourceUrl": None}, "sourceUrl"),
        ({"sourceUrl": "https://example.com/a.jpg", "sizeInBytes": 7}, "sizeInBytes"),
        ({"sourceUrl": "https://example.com/a.jpg", "tags": "new"}, "tags"),
        ({"sourceUrl": "https://example.com/a.jpg", "reference": ""}, "reference"),
    ],
)
async def test_what_cannot_be_meant_is_refused_at_once(
    client: Client, body: dict[str, Any], field: str
) -> None:
    answered = await client.call("POST", "/images", json={"reference": "a.jpg", **body})
    assert_problem(answered, 400, "validation", field)
    assert (await client.get("a.jpg")).status == 404


async def test_a_reference_that_is_taken_is_never_replaced(client: Client, source: Source) -> None:
    await client.put("a.jpg", picture())
    assert_problem(await post(client, "a.jpg", source.url("/")), 409, "conflict", "reference")


async def test_a_request_that_comes_twice_with_its_key_imports_once(
    client: Client, source: Source
) -> None:
    body = {"reference": "a.jpg", "sourceUrl": source.url("/a.jpg")}
    headers = {"Idempotency-Key": "one"}
    answers = [await client.call("POST", "/images", json=body, headers=headers) for _ in range(2)]
    assert [answered.status for answered in answers] == [201, 201]
    assert answers[0].json == answers[1].json


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (redirect("http://169.254.169.254/latest/meta-data"), "source_forbidden"),
        (redirect("http://localhost:9/"), "source_forbidden"),
        (answer(b"", status=404), "source_not_found"),
        (answer(b"", status=403), "source_refused"),
        (answer(b""), "source_refused"),
        (answer(b"", length=30_000_001), "source_too_large"),
        (drip(bytes(1_000_000), 0), "source_too_large"),
        (answer(b"<html>", "Content-Type: image/jpeg"), "unsupported_format"),
    ],
)
async def test_what_cannot_be_fetched_ends_in_er_that_says_why(
    client: Client, parts: Parts, source: Source, bucket: Bucket, sent: Handler, reason: str
) -> None:
    row = await fetched(client, parts, source, sent)
    assert (row.status, row.status_reason) == ("Er", reason)
    assert row.status_detail
    if reason != "unsupported_format":
        await parts.sweeper.clear_uploads()
        assert await bucket.keys() == set()
        assert await bucket.unfinished() == []


async def test_a_source_that_does_not_answer_is_tried_again_and_then_given_up(
    client: Client, parts: Parts, source: Source, postgres: Connection
) -> None:
    row = await fetched(client, parts, source, answer(b"", status=503))
    assert (row.status, row.status_reason) == ("Up", "waiting_for_source")
    assert row.due_at is not None
    for ago, status in ((TIMEOUT_S - 60, "Up"), (TIMEOUT_S + 1, "Er")):
        await postgres.execute(
            "UPDATE images SET source_missed_on = now() - make_interval(secs => $1)", ago
        )
        await expire_leases(postgres)
        row = await client.process(parts, "a.jpg")
        assert row.status == status
    assert row.status_reason == "source_unreachable"
    assert len(source.heads) == 3


async def test_a_source_that_comes_back_is_fetched(
    client: Client, parts: Parts, source: Source, postgres: Connection
) -> None:
    await fetched(client, parts, source, answer(picture(), length=10**6))
    source.answers["/a.jpg"] = answer(picture())
    await expire_leases(postgres)
    row = await client.process(parts, "a.jpg")
    assert (row.status, row.status_reason, row.source_missed_on) == ("Ok", None, None)


async def test_new_bytes_heal_what_could_not_be_fetched(
    client: Client, parts: Parts, source: Source
) -> None:
    await fetched(client, parts, source, answer(b"", status=404))
    row = await client.put_ok(parts, "a.jpg", picture())
    assert row.fetched_from is None


async def test_reprocessing_what_could_not_be_fetched_fetches_it_again(
    client: Client, parts: Parts, source: Source
) -> None:
    await fetched(client, parts, source, answer(b"", status=404))
    source.answers["/a.jpg"] = answer(picture())
    assert (await client.call("POST", "/images(a.jpg)/reprocess")).status == 202
    row = await client.process(parts, "a.jpg")
    assert (row.status, row.status_reason) == ("Ok", None)


async def test_large_originals_come_in_parts(
    client: Client, parts: Parts, source: Source, bucket: Bucket
) -> None:
    data = picture() + bytes(20_000_000)
    row = await fetched(client, parts, source, answer(data))
    assert row.original_key is not None
    assert (row.size_in_bytes, row.sha256) == (len(data), hashlib.sha256(data).digest())
    assert await bucket.get(row.original_key) == data


async def test_a_worker_killed_in_the_middle_of_a_fetch_is_followed_by_another(
    client: Client, settings: Settings, source: Source, bucket: Bucket
) -> None:
    data, gate = picture() + bytes(10_000_000), Gate()

    async def half(writer: StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(data))
        writer.write(data[:9_000_000])
        await writer.drain()
        await gate.wait()

    source.answers["/a.jpg"] = half
    async with service_process("worker.running", settings) as process:
        assert (await post(client, "a.jpg", source.url("/a.jpg"))).status == 201
        await gate.reached.wait()
        assert_problem(await client.delete("a.jpg"), 409, "processing")
        assert (await client.put("a.jpg", picture())).status == 409
        process.send_signal(signal.SIGKILL)
        await process.wait()
    source.answers["/a.jpg"] = answer(data)
    async with running_worker(settings):
        await eventually(lambda: has_status(client, "a.jpg", "Ok"))
    row = await client.row("a.jpg")
    assert row.sha256 == hashlib.sha256(data).digest()
    assert len(await bucket.keys()) == KEYS_OF_AN_IMAGE


async def test_a_lost_bell_and_sources_that_are_silent_keep_no_picture_waiting(
    client: Client, settings: Settings, source: Source
) -> None:
    source.answers |= {"/silent": silence, "/a.jpg": answer(picture())}
    for number in range(9):
        await post(client, f"{number}.jpg", source.url("/silent"))
    redis = Redis.from_url(settings.redis_url.get_secret_value())
    await redis.flushdb()
    await redis.aclose()
    async with running_worker(settings):
        await eventually(lambda: _is_busy(source))
        await client.put("b.jpg", picture())
        await eventually(lambda: has_status(client, "b.jpg", "Ok"))
        assert {(await client.row(f"{number}.jpg")).status for number in range(9)} == {"Up"}


async def _is_busy(source: Source) -> bool:
    return len(source.heads) >= 8


async def test_a_tenant_whose_sources_are_silent_keeps_no_other_waiting(
    client: Client, source: Source, settings: Settings, bucket: Bucket
) -> None:
    assert bucket.name == settings.s3_bucket
    source.answers |= {"/silent": silence, "/a.jpg": answer(picture())}
    other = await make_client(client.service, "other", Role.EDITOR)
    for number in range(ARRIVALS_AT_ONCE + 3):
        await post(client, f"{number}.jpg", source.url("/silent"))
    async with running_worker(settings):
        await eventually(lambda: _has_asked(source, ARRIVALS_PER_TENANT))
        await post(other, "a.jpg", source.url("/a.jpg"))
        await eventually(lambda: _is_ok(other))
        assert sum("/silent" in head for head in source.heads) == ARRIVALS_PER_TENANT


async def _has_asked(source: Source, times: int) -> bool:
    return len(source.heads) >= times


async def _is_ok(client: Client) -> bool:
    return bool((await client.get("a.jpg")).json["status"] == "Ok")
