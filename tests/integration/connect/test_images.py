"""The Connect contract: what is known of a photograph, field by field."""

import asyncio
import re
from datetime import datetime

import httpx
import pytest
import requests
from requests.auth import HTTPDigestAuth

from shared.domain.image import Role
from tests.client import Client, make_client, picture
from tests.desk import Desk, desk_of
from tests.unit.imaging.embedding import packet, photograph
from worker.settings import Parts

FIELDS = {
    "ApplicableProductOfferings": list,
    "Artist": str,
    "ArtistTitle": str,
    "AuthorizationConstraints": list,
    "Caption": str,
    "City": str,
    "CollectionId": str,
    "CollectionName": str,
    "ColorType": str,
    "Copyright": str,
    "Country": str,
    "CreditLine": str,
    "DateCreated": str,
    "DateSubmitted": str,
    "EditorialSegments": list,
    "EditorialSourceId": str,
    "EditorialSourceName": str,
    "EventId": int,
    "EventIds": list,
    "GraphicStyle": str,
    "ImageFamily": str,
    "ImageId": str,
    "Keywords": list,
    "LicensingModel": str,
    "QualityRank": int,
    "ReferralDestinations": list,
    "ReleaseMessage": str,
    "Restrictions": list,
    "SizesDownloadableImages": list,
    "StateProvince": str,
    "Title": str,
    "UrlComp": str,
    "UrlPreview": str,
    "UrlWatermarkComp": str,
    "UrlWatermarkPreview": str,
}
"""Those of the document, in its order."""


async def test_every_field_of_the_document_is_there_with_its_type(desk: Desk) -> None:
    answer = await desk.show()
    assert answer.status == 200, answer.body
    assert list(answer.json) == ["CoordinationId", "Images"]
    (image,) = answer.json["Images"]
    assert list(image) == list(FIELDS)
    for name, kind in FIELDS.items():
        assert image[name] is None or isinstance(image[name], kind), name
    urls = (await desk.client.get("a.jpg")).json
    assert image["UrlComp"] == urls["thumbnailPreviewUrl"]
    assert image["UrlPreview"] == urls["thumbnailMediumUrl"]
    assert {name: image[name] for name in EXPECTED} == EXPECTED
    assert image["ImageId"] == str(desk.image_id)
    assert [keyword["Text"] for keyword in image["Keywords"]] == ["Harbour", "boats"]


EXPECTED = {
    "Artist": "Zoë Müller, Ann",
    "ArtistTitle": "Staff",
    "Caption": "Boats at rest",
    "City": "Gdańsk",
    "Copyright": "© Zoë Müller",
    "Country": "Poland",
    "CreditLine": "Müller Photo",
    "DateCreated": "2024-04-05T08:44:33",
    "EditorialSourceName": "Agency",
    "Restrictions": ["Not for sale"],
    "StateProvince": "Pomerania",
    "Title": "Harbour",
}


@pytest.mark.parametrize(
    ("known", "date_created"),
    [
        ("1943", "1943-01-01T00:00:00"),
        ("1943-05", "1943-05-01T00:00:00"),
        ("2024-04-05", "2024-04-05T00:00:00"),
        ("2024-04-05T08:44:33.25+02:00", "2024-04-05T08:44:33.25+02:00"),
    ],
)
async def test_a_date_is_always_a_date_time(
    known: str, date_created: str, client: Client, parts: Parts
) -> None:
    said = f"<photoshop:DateCreated>{known}</photoshop:DateCreated>"
    row = await client.put_ok(parts, "a.jpg", photograph(xmp=packet(said)))
    (image,) = (await (await desk_of(client, row.id)).show()).json["Images"]
    assert image["DateCreated"] == date_created
    assert datetime.fromisoformat(image["DateCreated"]).year == int(known[:4])


async def test_a_picture_that_says_nothing_has_empty_fields(client: Client, parts: Parts) -> None:
    row = await client.put_ok(parts, "plain.png", picture(kind="PNG"))
    (image,) = (await (await desk_of(client, row.id)).show()).json["Images"]
    assert list(image) == list(FIELDS)
    assert (image["Artist"], image["Keywords"], image["DateCreated"]) == ("", [], None)


@pytest.mark.parametrize(
    "image", ["999999", "9223372036854775808", "9" * 40, "x", "-1", "%C3%BC", "1%00", "1%2F2", ""]
)
async def test_an_invalid_image_id_is_404_in_an_array(image: str, desk: Desk) -> None:
    answer = await desk.show(image=image)
    assert answer.status == 404
    (error,) = answer.json
    assert error.keys() == {"status", "error"}


async def test_a_deleted_image_and_that_of_another_tenant_are_404(desk: Desk) -> None:
    stranger = await desk_of(await make_client(desk.client.service, "other", Role.ADMIN), 0)
    assert (await stranger.show(image=desk.image_id)).status == 404
    assert (await desk.client.delete("a.jpg")).status == 204
    assert (await desk.show()).status == 404


async def test_digest_itself_fetches_an_image_with_query_and_all(desk: Desk) -> None:
    url = f"{desk.client.service.origin}/api/images/{desk.image_id}?language=de%2DAT"
    async with httpx.AsyncClient(auth=desk.auth, timeout=60) as session:
        by_httpx = [await session.get(url) for _ in range(2)]
    auth = HTTPDigestAuth(desk.name, desk.password)
    by_requests = await asyncio.to_thread(requests.get, url, auth=auth, timeout=30)
    for status, body in [(each.status_code, each.json()) for each in by_httpx] + [
        (by_requests.status_code, by_requests.json())
    ]:
        assert (status, body["Images"][0]["Title"]) == (200, "Hafen")
    header = by_requests.request.headers["Authorization"]
    replayed = await asyncio.to_thread(
        requests.get, url, headers={"Authorization": header}, timeout=30
    )
    assert replayed.status_code == 401
    assert "stale=true" in replayed.headers["WWW-Authenticate"]


async def test_without_credentials_the_challenges_come(desk: Desk) -> None:
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp5"}):
        answer = await desk.client.call("GET", f"/api/images/{desk.image_id}", headers=headers)
        assert answer.status == 401
        assert re.match('Digest realm="fototeca"', answer.headers["WWW-Authenticate"])
    paths = ["/api/images", "/api/images/1/2", "/token/x"]
    for answer in [await desk.client.call("GET", path) for path in paths]:
        assert (answer.status, answer.json[0]["status"]) == (404, 404)


async def test_marked_copies_are_shown_where_the_tenant_has_a_watermark(
    desk: Desk, parts: Parts
) -> None:
    (plain,) = (await desk.show()).json["Images"]
    assert (plain["UrlWatermarkComp"], plain["UrlWatermarkPreview"]) == ("", "")
    client = desk.client
    await client.service.library.database.set_watermark(client.tenant.id, "© Agency")
    await client.call("POST", "/images('a.jpg')/reprocess")
    row = await client.process(parts, "a.jpg")
    (marked,) = (await desk.show()).json["Images"]
    for name, key in (
        ("UrlWatermarkComp", row.watermark_preview_key),
        ("UrlWatermarkPreview", row.watermark_medium_key),
    ):
        assert marked[name].endswith(f"/{key}")
        assert (await client.cdn(marked[name])).status == 200
