"""Er means the bytes are at fault, or we are and have tried five times; nothing else does."""

from dataclasses import replace
from typing import Any, cast

import pytest

from shared.usecases.processing.processing import MAX_FAILURES
from tests.backstage import Broken, expire_leases, job_of, stalled_at
from tests.bucket import Bucket
from tests.client import Client, Connection, assert_problem, path_to, picture
from worker.settings import Parts

BAD = {
    "no picture": (b"no picture at all", "unsupported_format"),
    "cut short": (picture(400, 300)[:-2000], "truncated"),
}


@pytest.mark.parametrize("kind", BAD)
async def test_bytes_at_fault_end_in_er_with_a_word_and_a_sentence(
    kind: str, client: Client, parts: Parts, bucket: Bucket
) -> None:
    data, reason = BAD[kind]
    await client.put("a.jpg", data)
    await client.process(parts, "a.jpg")
    shown = (await client.get("a.jpg", "?$select=status,statusReason,statusDetail")).json
    assert (shown["status"], shown["statusReason"]) == ("Er", reason)
    assert shown["statusDetail"].endswith(".")
    assert len(await bucket.keys()) == 1
    assert (await client.delete("a.jpg")).status == 204


async def test_an_original_that_s3_has_lost_is_er_missing_original(
    client: Client, parts: Parts, bucket: Bucket
) -> None:
    await client.put("a.jpg", picture())
    for key in await bucket.keys():
        await bucket.delete(key)
    row = await client.process(parts, "a.jpg")
    assert (row.status, row.status_reason) == ("Er", "missing_original")
    assert (await client.put("a.jpg", picture())).status == 202
    assert (await client.process(parts, "a.jpg")).status == "Ok"


async def test_an_original_whose_row_was_lost_is_er_and_counted(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    await postgres.execute("DELETE FROM objects")
    row = await client.process(parts, "a.jpg")
    assert (row.status, row.status_reason) == ("Er", "missing_original")
    assert parts.worker.tally.as_report()["outcomes"] == {"Er:missing_original": 1}


@pytest.mark.parametrize(
    "spoilt",
    [picture()[:-1] + b"!", picture() + b"!", picture() * 500],
    ids=["same length", "longer", "much longer"],
)
async def test_an_original_that_s3_has_changed_is_er_until_it_is_uploaded_anew(
    spoilt: bytes, client: Client, parts: Parts, bucket: Bucket
) -> None:
    await client.put("a.jpg", picture())
    (key,) = await bucket.keys()
    await bucket.put(key, spoilt)
    row = await client.process(parts, "a.jpg")
    assert (row.status, row.status_reason, row.attempt) == ("Er", "corrupt_original", 1)
    assert parts.worker.tally.as_report()["outcomes"] == {"Er:corrupt_original": 1}
    assert (await client.put("a.jpg", picture())).status == 202
    assert (await client.process(parts, "a.jpg")).status == "Ok"


async def test_an_original_that_comes_short_is_read_again_five_times(
    client: Client, parts: Parts, bucket: Bucket, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    (key,) = await bucket.keys()
    await bucket.put(key, picture()[:-1])
    for failures in range(1, MAX_FAILURES):
        row = await client.process(parts, "a.jpg")
        assert (row.status, row.failures, row.status_reason) == ("Up", failures, None)
        await expire_leases(postgres)
    row = await client.process(parts, "a.jpg")
    assert (row.status, row.status_reason) == ("Er", "corrupt_original")
    assert (await client.delete("a.jpg")).status == 204


async def test_an_original_that_came_short_once_is_ok_when_it_comes_whole(
    client: Client, parts: Parts, bucket: Bucket, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    (key,) = await bucket.keys()
    await bucket.put(key, b"")
    assert (await client.process(parts, "a.jpg")).status == "Up"
    await bucket.put(key, picture())
    await expire_leases(postgres)
    assert (await client.process(parts, "a.jpg")).status == "Ok"


async def test_what_nobody_expected_is_tried_five_times_before_er_internal(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    broken = cast("Any", Broken(parts.worker.decoders, "make_thumbnails", RuntimeError("a bug")))
    worker = replace(parts.worker, decoders=broken)
    for failures in range(1, MAX_FAILURES):
        await expire_leases(postgres)
        await worker.process(job_of(await client.row("a.jpg")))
        row = await client.row("a.jpg")
        assert (row.status, row.failures, row.attempt) == ("Up", failures, failures)
    await expire_leases(postgres)
    await worker.process(job_of(await client.row("a.jpg")))
    row = await client.row("a.jpg")
    assert (row.status, row.status_reason) == ("Er", "internal")
    assert "a bug" not in (row.status_detail or "")


async def test_reprocessing_starts_to_count_anew(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    await postgres.execute("UPDATE images SET failures = 4, retries = 9")
    broken = cast("Any", Broken(parts.worker.decoders, "make_thumbnails", RuntimeError("a bug")))
    await replace(parts.worker, decoders=broken).process(job_of(await client.row("a.jpg")))
    assert (await client.row("a.jpg")).status == "Er"
    assert (await client.call("POST", path_to("a.jpg") + "/reprocess")).status == 202
    row = await client.row("a.jpg")
    assert (row.failures, row.retries) == (0, 0)
    assert (await client.process(parts, "a.jpg")).status == "Ok"


async def test_a_slow_storage_has_time_in_proportion_to_the_bytes_and_no_more(
    client: Client, parts: Parts
) -> None:
    hurried = replace(parts.worker, budget_s=0.0)
    await client.put("small.bin", bytes(100_000))
    stalled, _ = stalled_at(hurried, "decoders", "make_thumbnails")
    await stalled.process(job_of(await client.row("small.bin")))
    assert (await client.row("small.bin")).status == "Up", "to be tried again"
    assert parts.worker.tally.as_report()["outcomes"] == {"postponed": 1}
    await client.put("large.bin", bytes(20_000_000))
    await hurried.process(job_of(await client.row("large.bin")))
    assert (await client.row("large.bin")).status == "Er", "it was read to its end: no picture"


async def test_a_job_of_the_past_finds_nothing_to_do(client: Client, parts: Parts) -> None:
    await client.put("a.jpg", picture())
    job = job_of(await client.row("a.jpg"))
    row = await client.process(parts, "a.jpg")
    for stale in (job, replace(job, attempt=9), replace(job, revision=9), replace(job, image_id=9)):
        await parts.worker.process(stale)
    assert await client.row("a.jpg") == row
    assert_problem(await client.get("b.jpg"), 404, "not-found")
