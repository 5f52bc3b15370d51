"""`fsck --repair` puts right what can be, and of bytes deletes only strays that are old."""

from uuid import uuid4

import pytest

from shared.domain.errors import StorageRefusedError
from shared.domain.image import Image
from shared.settings import Settings
from shared.usecases.upkeep.matching import FEW
from tests.backstage import expire_leases
from tests.bucket import Bucket
from tests.checks import Fsck, put_old
from tests.client import KEYS_OF_AN_IMAGE, Client, Connection, path_to, picture
from worker.settings import Parts


@pytest.fixture
def fsck(client: Client, settings: Settings) -> Fsck:
    """A check of the test's library."""
    return Fsck(client.service.library.database, settings)


@pytest.fixture
async def image(client: Client, parts: Parts) -> Image:
    """An image that is Ok."""
    return await client.put_ok(parts, "a.jpg", picture())


def keys_of(image: Image) -> tuple[str, str]:
    """Return the keys of original and thumbnail."""
    assert image.original_key is not None
    assert image.thumbnail_key is not None
    return image.original_key, image.thumbnail_key


async def test_an_old_stray_goes_with_the_next_sweep(
    fsck: Fsck, image: Image, bucket: Bucket, parts: Parts
) -> None:
    before = await bucket.keys()
    old, young = f"demo/{uuid4()}/1/a.jpg", f"demo/{image.uid}/7/b.jpg"
    await put_old(bucket, old)
    await bucket.put(young, b"stray")
    ((finding,), _) = await fsck.run(repair=True)
    assert finding.repair == "goes with the next sweep"
    assert await bucket.keys() == before | {old, young}
    assert await parts.sweeper.delete_due() == 1
    assert await bucket.keys() == before | {young}
    assert await fsck.found(deep=True) == []


async def test_without_repair_nothing_changes(
    fsck: Fsck, client: Client, image: Image, bucket: Bucket, parts: Parts
) -> None:
    for key in keys_of(image):
        await bucket.delete(key)
    await put_old(bucket, f"demo/{uuid4()}/1/a.jpg")
    left = await bucket.keys()
    assert len(await fsck.found(deep=True)) == 3
    assert await client.row("a.jpg") == image
    assert await parts.sweeper.delete_due() == 0
    assert await bucket.keys() == left


@pytest.mark.parametrize("was", ["Ok", "Er"])
async def test_a_lost_original_is_er_and_known_from_then_on(
    was: str, fsck: Fsck, client: Client, image: Image, bucket: Bucket, postgres: Connection
) -> None:
    await postgres.execute("UPDATE images SET status = $1", was)
    await bucket.delete(keys_of(image)[0])
    ((finding,), _) = await fsck.run(repair=True)
    assert finding.repair == "the image is Er, missing_original"
    row = await client.row("a.jpg")
    assert (row.status, row.status_reason, row.due_at) == ("Er", "missing_original", None)
    assert row.thumbnail_key == image.thumbnail_key
    findings, tally = await fsck.run(deep=True)
    assert (findings, tally.known_losses) == ([], 1)


async def test_a_new_original_ends_the_loss(
    fsck: Fsck, client: Client, image: Image, bucket: Bucket, parts: Parts
) -> None:
    await bucket.delete(keys_of(image)[0])
    await fsck.run(repair=True)
    await client.put_ok(parts, "a.jpg", picture(shade=7))
    assert await fsck.found() == [("missing_object", keys_of(image)[0])]
    await fsck.run(repair=True)
    await parts.sweeper.delete_due()
    findings, tally = await fsck.run(deep=True)
    assert (findings, tally.known_losses) == ([], 0)


async def test_lost_thumbnails_are_made_anew(
    fsck: Fsck, client: Client, image: Image, bucket: Bucket, parts: Parts
) -> None:
    original, _ = keys_of(image)
    for key in await bucket.keys() - {original}:
        await bucket.delete(key)
    findings, _ = await fsck.run(repair=True)
    assert [finding.repair for finding in findings].count("the image is being reprocessed") == 1
    assert (await client.row("a.jpg")).status == "Re"
    row = await client.process(parts, "a.jpg")
    assert row.status == "Ok"
    assert row.thumbnail_key in await bucket.keys()
    findings, _ = await fsck.run(repair=True)
    assert len(findings) == KEYS_OF_AN_IMAGE - 1
    assert all((finding.repair or "").startswith("superseded") for finding in findings)
    await parts.sweeper.delete_due()
    assert await fsck.found(deep=True) == []


async def test_what_a_worker_has_in_hand_is_left_to_it(
    fsck: Fsck, client: Client, image: Image, bucket: Bucket, parts: Parts, postgres: Connection
) -> None:
    await client.call("POST", path_to("a.jpg") + "/reprocess")
    before = await client.row("a.jpg")
    await bucket.delete(keys_of(image)[0])
    ((finding,), _) = await fsck.run(repair=True)
    assert finding.repair is None
    assert await client.row("a.jpg") == before
    await expire_leases(postgres)
    assert (await client.process(parts, "a.jpg")).status_reason == "missing_original"


async def test_what_is_deleted_softly_is_only_reported(
    fsck: Fsck, client: Client, image: Image, bucket: Bucket, parts: Parts
) -> None:
    await client.delete("a.jpg")
    left = await bucket.keys() - set(keys_of(image))
    for key in keys_of(image):
        await bucket.delete(key)
    findings, _ = await fsck.run(repair=True)
    assert [finding.repair for finding in findings] == [None, None]
    assert await parts.sweeper.delete_due() == 0
    assert await bucket.keys() == left


async def test_wrong_bytes_are_only_reported(
    fsck: Fsck, client: Client, image: Image, bucket: Bucket
) -> None:
    for key in keys_of(image):
        await bucket.put(key, b"x" * len(await bucket.get(key)))
    findings, _ = await fsck.run(deep=True, repair=True)
    assert {(finding.kind, finding.repair) for finding in findings} == {("wrong_hash", None)}
    assert len(findings) == 2
    assert await client.row("a.jpg") == image


async def test_a_stray_that_is_pointed_at_after_all_stays(
    fsck: Fsck, client: Client, bucket: Bucket, postgres: Connection, image: Image
) -> None:
    """Between the look and the repair somebody has recorded it."""
    original, _ = keys_of(image)
    database = client.service.library.database
    for table in ("objects", "images"):
        assert not await database.inspection.delete_orphan(client.tenant.id, original), table
        await postgres.execute("DELETE FROM objects WHERE key = $1", original)
    await postgres.execute("UPDATE images SET original_key = NULL")
    assert await database.inspection.delete_orphan(client.tenant.id, original)
    assert original in await bucket.keys()
    assert (await fsck.run())[0] == []


async def test_an_empty_bucket_is_no_reason_to_give_up_every_image(
    fsck: Fsck, client: Client, image: Image, bucket: Bucket
) -> None:
    for key in await bucket.keys():
        await bucket.delete(key)
    for tenant in (None, client.tenant):
        assert len(await fsck.found(tenant=tenant)) == KEYS_OF_AN_IMAGE
        with pytest.raises(StorageRefusedError, match="FOTOTECA_S3_BUCKET"):
            await fsck.run(repair=True, tenant=tenant)
    assert await client.row("a.jpg") == image


async def test_a_bucket_of_which_the_database_knows_little_is_not_cleared(
    fsck: Fsck,
    client: Client,
    image: Image,
    bucket: Bucket,
    parts: Parts,
    postgres: Connection,
) -> None:
    """As where a new database took the place of one that was lost."""
    strays = [f"demo/{image.uid}/1/{number}.jpg" for number in range(FEW + 1)]
    for key in strays:
        await put_old(bucket, key)
    for tenant in (None, client.tenant):
        with pytest.raises(StorageRefusedError, match="FOTOTECA_DATABASE_URL"):
            await fsck.run(repair=True, tenant=tenant)
    assert await parts.sweeper.delete_due() == 0
    await postgres.executemany(
        "INSERT INTO deletions (tenant_id, key, due_at) VALUES ($1, $2, now())",
        [(client.tenant.id, key) for key in strays],
    )
    assert await fsck.found(repair=True) == [], "what is about to be deleted is known"
