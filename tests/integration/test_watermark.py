"""A tenant's watermark: marked copies that are made, shown, kept and deleted like thumbnails."""

import io

import pytest
from PIL import Image as Pillow
from PIL import ImageChops

from shared.domain.image import Image
from shared.settings import Settings
from tests.bucket import Bucket
from tests.checks import Fsck
from tests.client import DOCUMENT_FIELDS, KEYS_OF_AN_IMAGE, Client, path_to, picture
from worker.settings import Parts

MARKED = "?$select=watermarkMediumUrl,watermarkPreviewUrl,thumbnailMediumUrl,thumbnailPreviewUrl"


@pytest.fixture
async def agency(client: Client) -> Client:
    """An admin of a tenant with a watermark."""
    await client.service.library.database.set_watermark(client.tenant.id, "© Agency")
    return client


async def shown(client: Client, url: str) -> Pillow.Image:
    """Fetch a picture as the CDN serves it."""
    answer = await client.cdn(url)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/jpeg")
    return Pillow.open(io.BytesIO(answer.body))


def keys_of(row: Image) -> set[str | None]:
    """Return the keys of the marked copies."""
    return {row.watermark_medium_key, row.watermark_preview_key}


async def test_marked_copies_are_served_beside_the_thumbnails(agency: Client, parts: Parts) -> None:
    row = await agency.put_ok(parts, "a.jpg", picture(900, 600))
    assert (row.watermark_medium_key or "").endswith("/1.1/a_WMM.jpg")
    assert (row.watermark_preview_key or "").endswith("/1.1/a_WMP.jpg")
    assert list((await agency.get("a.jpg")).json) == DOCUMENT_FIELDS
    urls = (await agency.get("a.jpg", MARKED)).json
    for size in ("Medium", "Preview"):
        marked = await shown(agency, urls[f"watermark{size}Url"])
        plain = await shown(agency, urls[f"thumbnail{size}Url"])
        assert marked.size == plain.size
        moved = ImageChops.difference(marked, plain).convert("L")
        assert moved.point(lambda v: 255 if v > 60 else 0).getbbox() is not None


async def test_without_a_text_there_are_none(client: Client, parts: Parts, bucket: Bucket) -> None:
    row = await client.put_ok(parts, "a.jpg", picture())
    assert keys_of(row) == {None}
    assert len(await bucket.keys()) == KEYS_OF_AN_IMAGE


async def test_another_text_holds_for_what_is_processed_from_then_on(
    agency: Client, parts: Parts, bucket: Bucket
) -> None:
    before = await agency.put_ok(parts, "a.jpg", picture())
    database = agency.service.library.database
    await database.set_watermark(agency.tenant.id, None)
    assert keys_of(await agency.row("a.jpg")) == keys_of(before)
    await agency.call("POST", path_to("a.jpg") + "/reprocess")
    assert keys_of(await agency.process(parts, "a.jpg")) == {None}
    await database.set_watermark(agency.tenant.id, "Другой")
    await agency.call("POST", path_to("a.jpg") + "/reprocess")
    after = await agency.process(parts, "a.jpg")
    assert keys_of(after) & keys_of(before) == set()
    assert keys_of(after) <= await bucket.keys()


async def test_fsck_misses_a_marked_copy_and_has_it_made_anew(
    agency: Client, parts: Parts, bucket: Bucket, settings: Settings
) -> None:
    row = await agency.put_ok(parts, "a.jpg", picture())
    fsck = Fsck(agency.service.library.database, settings)
    assert await fsck.found(deep=True) == []
    await bucket.delete(row.watermark_medium_key or "")
    assert await fsck.found(repair=True) == [("missing_object", row.watermark_medium_key)]
    again = await agency.process(parts, "a.jpg")
    assert again.watermark_medium_key != row.watermark_medium_key
    assert keys_of(again) <= await bucket.keys()


async def test_marked_copies_go_with_the_image(
    agency: Client, parts: Parts, bucket: Bucket
) -> None:
    await agency.put_ok(parts, "a.jpg", picture())
    urls = (await agency.get("a.jpg", MARKED)).json
    assert len(await bucket.keys()) == KEYS_OF_AN_IMAGE + 2
    assert (await agency.delete("a.jpg")).status == 204
    assert (await agency.cdn(urls["watermarkPreviewUrl"])).status == 410
    uid = (await agency.call("GET", "/images?deleted=true&$select=uid")).json["value"][0]["uid"]
    purged = await agency.call("DELETE", f"/images/by-uid/{uid}?purge=true")
    assert purged.status == 204
    await parts.sweeper.delete_due()
    assert await bucket.keys() == set()
    assert (await agency.cdn(urls["watermarkPreviewUrl"])).status == 404
