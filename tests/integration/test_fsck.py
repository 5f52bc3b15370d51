"""fsck finds each thing that can be wrong, and nothing where all is well."""

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any, cast
from uuid import uuid4

import pytest

from shared.domain.image import Image, Role
from shared.settings import Settings
from tests.backstage import running_worker
from tests.bucket import Bucket
from tests.checks import Fsck, Torn, put_old
from tests.client import (
    KEYS_OF_AN_IMAGE,
    Client,
    Connection,
    eventually,
    make_client,
    picture,
    running_service,
)
from tests.presigned import complete, key_of, open_upload, send
from worker.settings import Parts

HARD_NAMES = ["é.jpg", "\U0001f5bc.jpg", "\uff5e.jpg", "Z.jpg", "a.jpg", "!.jpg", "100%.jpg"]


@pytest.fixture
def fsck(client: Client, settings: Settings) -> Fsck:
    """A check of the test's library."""
    return Fsck(client.service.library.database, settings)


@pytest.fixture
async def image(client: Client, parts: Parts) -> Image:
    """An image that is Ok."""
    return await client.put_ok(parts, "a.jpg", picture())


def original(image: Image) -> str:
    """Return the original's key."""
    assert image.original_key is not None
    return image.original_key


def thumbnail(image: Image) -> str:
    """Return a thumbnail's key."""
    assert image.thumbnail_key is not None
    return image.thumbnail_key


async def test_a_library_in_good_order_is_clean(fsck: Fsck, client: Client, parts: Parts) -> None:
    other = await make_client(client.service, "demo-2", Role.ADMIN)
    for name in HARD_NAMES:
        await client.put_ok(parts, name, picture())
        await other.put_ok(parts, name, picture())
    await client.put("a.jpg", picture(shade=7))
    await client.delete("Z.jpg")
    findings, tally = await fsck.run(deep=True)
    assert findings == []
    assert tally.objects == 2 * KEYS_OF_AN_IMAGE * len(HARD_NAMES) + 1
    assert (await fsck.run(tenant=other.tenant))[1].objects == KEYS_OF_AN_IMAGE * len(HARD_NAMES)


async def test_more_keys_than_a_page_are_compared_in_step(
    fsck: Fsck, client: Client, bucket: Bucket, postgres: Connection, image: Image
) -> None:
    """A thousand and more, on both sides, in the order of bytes on both."""
    names = [f"{'!-.~é😀'[n % 6]}{n}" for n in range(1100)]
    keys = [f"demo/{image.uid}/{'1.2' if n % 2 else '2'}/{name}" for n, name in enumerate(names)]
    gate = asyncio.Semaphore(16)

    async def put(key: str) -> None:
        async with gate:
            await bucket.put(key, b"x")

    await asyncio.gather(*map(put, keys))
    await postgres.executemany(
        "INSERT INTO objects VALUES ($1, $2, $3, 1, 2, 'TH', 1, sha256('x'))",
        [(client.tenant.id, key, image.id) for key in keys],
    )
    findings, tally = await fsck.run(deep=True)
    assert findings == []
    assert tally.objects == KEYS_OF_AN_IMAGE + len(keys)
    await bucket.delete(keys[700])
    await postgres.execute("DELETE FROM objects WHERE key = $1", keys[900])
    assert await fsck.found() == [("missing_object", keys[700])]
    assert (await fsck.run())[1].young == 1


@pytest.mark.parametrize("key_of", [original, thumbnail])
async def test_bytes_that_are_gone_are_found(
    key_of: object, fsck: Fsck, bucket: Bucket, image: Image
) -> None:
    assert callable(key_of)
    await bucket.delete(key_of(image))
    assert await fsck.found() == [("missing_object", key_of(image))]


async def test_strays_are_found_once_they_are_old(fsck: Fsck, bucket: Bucket, image: Image) -> None:
    old, young = (f"demo/{image.uid}/{revision}/a.jpg" for revision in (8, 9))
    await put_old(bucket, old)
    await bucket.put(young, b"stray")
    findings, tally = await fsck.run()
    assert [(found.kind, found.subject) for found in findings] == [("orphan", old)]
    assert tally.young == 1


async def test_keys_of_no_tenant_are_told_apart(fsck: Fsck, bucket: Bucket) -> None:
    await put_old(bucket, "of-somebody-else/backup.tar")
    await put_old(bucket, "lonely")
    assert await fsck.found(repair=True) == [
        ("foreign_key", "lonely"),
        ("foreign_key", "of-somebody-else/backup.tar"),
    ]


@pytest.mark.parametrize("holder", ["deletions", "uploads"])
async def test_what_waits_for_its_end_is_no_stray(
    holder: str, fsck: Fsck, client: Client, bucket: Bucket, postgres: Connection
) -> None:
    key = f"demo/{uuid4()}/1/a.jpg"
    await put_old(bucket, key)
    assert await fsck.found() == [("orphan", key)]
    if holder == "deletions":
        sql = "INSERT INTO deletions VALUES ($1, $2, now() + interval '1h')"
    else:
        sql = (
            "INSERT INTO uploads (tenant_id, id, uid, reference, revision, key, deadline_at) "
            "VALUES ($1, gen_random_uuid(), gen_random_uuid(), 'a', 1, $2, now() + interval '1h')"
        )
    await postgres.execute(sql, client.tenant.id, key)
    assert await fsck.found() == []


async def test_other_sizes_and_other_bytes_are_found(
    fsck: Fsck, bucket: Bucket, image: Image
) -> None:
    data = await bucket.get(thumbnail(image))
    await bucket.put(thumbnail(image), data + b"!")
    assert await fsck.found() == [("wrong_size", thumbnail(image))]
    await bucket.put(thumbnail(image), data[:-1] + bytes([data[-1] ^ 1]))
    assert await fsck.found() == []
    assert await fsck.found(deep=True) == [("wrong_hash", thumbnail(image))]


async def test_an_object_that_cannot_be_read_does_not_keep_the_others_from_being(
    fsck: Fsck, bucket: Bucket, image: Image
) -> None:
    await bucket.put(thumbnail(image), b"x" * len(await bucket.get(thumbnail(image))))
    async with fsck.checker(deep=True) as checker:
        torn = replace(checker, storage=cast("Any", Torn(checker.storage, original(image))))
        found = {(each.kind.value, each.subject) async for each in torn.findings()}
    assert found == {("unreadable_object", original(image)), ("wrong_hash", thumbnail(image))}


async def test_an_image_that_nobody_works_on_is_found(
    fsck: Fsck, client: Client, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    await postgres.execute("UPDATE images SET due_at = now() - interval '30 min'")
    assert await fsck.found() == []
    await postgres.execute("UPDATE images SET due_at = now() - interval '2 h'")
    assert await fsck.found() == [("stuck_image", "a.jpg")]
    await postgres.execute("ALTER TABLE images DROP CONSTRAINT busy_is_due")
    await postgres.execute("UPDATE images SET due_at = NULL")
    assert await fsck.found() == [("stuck_image", "a.jpg")]


LATE = {"late": (7200, 0, 1), "tried often": (-3600, 8, 1), "in time": (60, 7, 0)}


@pytest.mark.parametrize("case", LATE)
async def test_what_the_sweeper_does_not_get_done_is_found(
    case: str, fsck: Fsck, client: Client, postgres: Connection
) -> None:
    late_s, tries, times = LATE[case]
    args = (client.tenant.id, late_s, tries)
    await postgres.execute(
        "INSERT INTO deletions VALUES ($1, 'demo/x', now() - make_interval(secs => $2), $3)", *args
    )
    await postgres.execute(
        "INSERT INTO uploads (tenant_id, id, uid, reference, revision, key, deadline_at, tries) "
        "VALUES ($1, gen_random_uuid(), gen_random_uuid(), 'a', 1, 'demo/y', "
        "now() - make_interval(secs => $2), $3)",
        *args,
    )
    expected = [("expired_upload", "demo/y"), ("overdue_deletion", "demo/x")]
    assert await fsck.found() == expected * times


async def test_a_key_that_is_shown_without_a_row_is_found_and_kept(
    fsck: Fsck, bucket: Bucket, postgres: Connection, image: Image
) -> None:
    await postgres.execute("DELETE FROM objects WHERE key = $1", thumbnail(image))
    await put_old(bucket, thumbnail(image))
    assert await fsck.found(repair=True) == [("unrecorded_key", thumbnail(image))]
    assert await postgres.fetchval("SELECT count(*) FROM deletions") == 0


async def test_counters_that_are_off_are_found(
    fsck: Fsck, postgres: Connection, image: Image
) -> None:
    await postgres.execute("UPDATE images SET revision_counter = 0")
    assert await fsck.found() == [("counter_off", image.reference)]
    await postgres.execute("UPDATE images SET revision_counter = 1, num_links = 1")
    assert await fsck.found() == [("counter_off", image.reference)]
    await postgres.execute(
        "INSERT INTO reference_records (tenant_id, provider, id, image_id) "
        "SELECT tenant_id, 'shop', '4711', id FROM images"
    )
    assert await fsck.found() == [], "reference records count too"
    await postgres.execute("UPDATE images SET num_links = 7")
    findings, _ = await fsck.run(repair=True)
    assert [finding.repair for finding in findings] == ["counted anew"]
    assert await fsck.found() == []
    assert await postgres.fetchval("SELECT num_links FROM images") == 1


async def test_other_tenants_are_left_out_when_one_is_named(
    fsck: Fsck, client: Client, bucket: Bucket, image: Image
) -> None:
    other = await make_client(client.service, "demo-2", Role.ADMIN)
    await bucket.delete(original(image))
    await put_old(bucket, f"demo/{uuid4()}/1/a.jpg")
    assert await fsck.found(tenant=other.tenant) == []
    assert len(await fsck.found(tenant=client.tenant)) == 2


async def test_what_goes_on_meanwhile_is_no_finding(settings: Settings, bucket: Bucket) -> None:
    """Uploads, replacements, deletions and sweeps all the time; and afterwards all is well."""
    assert bucket.name == settings.s3_bucket
    brief = settings.model_copy(update={"retention_days": 0})
    async with running_service(brief) as service, running_worker(brief):
        client = await make_client(service, "demo", Role.ADMIN)
        fsck = Fsck(service.library.database, brief)
        stop, turns, checks = asyncio.Event(), Counter[str](), 0
        churning = [asyncio.create_task(_churn(client, name, turns, stop)) for name in "abc"]
        while checks < 12 or turns.total() < 24:
            findings, _ = await fsck.run(deep=True, repair=True)
            assert findings == []
            checks += 1
        stop.set()
        await asyncio.gather(*churning)

        async def is_at_rest() -> bool:
            return (await service.library.database.queue_depth()).depth == 0

        await eventually(is_at_rest, within_s=60)
        findings, tally = await fsck.run(deep=True)
        assert findings == []
        assert tally.objects > 0


async def _churn(client: Client, prefix: str, turns: Counter[str], stop: asyncio.Event) -> None:
    while not stop.is_set():
        turn = turns[prefix]
        name = f"{prefix}-{turn % 3}.jpg"
        await client.put(name, picture(shade=turn % 250))
        if turn % 5 == 4:
            await client.delete(name, "?purge=true")
        turns[prefix] += 1


async def test_uploads_past_the_api_are_no_strays(
    fsck: Fsck, client: Client, bucket: Bucket, parts: Parts
) -> None:
    whole = await open_upload(client, "whole.jpg")
    await send(client, whole)
    await send(client, await open_upload(client, "arrived.jpg"))
    assert (await complete(client, "arrived.jpg")).status == 202
    keys = {key for key in await bucket.keys() if "/incoming/" in key}
    assert len(keys) == 3
    for key in keys:
        await put_old(bucket, key)
    findings, _ = await fsck.run(repair=True)
    assert findings == []
    await parts.sweeper.delete_due()
    assert key_of(whole) in await bucket.keys()
