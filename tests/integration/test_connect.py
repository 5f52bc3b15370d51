"""The Connect contract: what is known of a photograph, field by field, by token or by Digest."""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime

import httpx
import pytest
import requests
from requests.auth import HTTPDigestAuth

from shared.domain.credential import CredentialKind
from shared.domain.image import Role
from shared.domain.language import is_range, lookup
from shared.domain.locale import Saying
from shared.usecases.access.credentials import create_credential
from shared.usecases.editorial.locales import write_locales
from tests.client import Answer, Client, make_client, picture
from tests.unit.imaging.embedding import alternatives, packet, photograph
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

CREATORS = (
    "<dc:creator><rdf:Seq><rdf:li>Zoë Müller</rdf:li><rdf:li>Ann</rdf:li></rdf:Seq></dc:creator>"
)
WORDS = "<dc:subject><rdf:Bag><rdf:li>Harbour</rdf:li><rdf:li>boats</rdf:li></rdf:Bag></dc:subject>"
SAID = packet(
    alternatives("dc:title", x_default="Harbour", de="Hafen")
    + alternatives("dc:description", x_default="Boats at rest", de="Boote in Ruhe", pt_BR="Barcos")
    + alternatives("dc:rights", x_default="© Zoë Müller")
    + CREATORS
    + WORDS
    + "<photoshop:AuthorsPosition>Staff</photoshop:AuthorsPosition>"
    + "<photoshop:Credit>Müller Photo</photoshop:Credit>"
    + "<photoshop:Source>Agency</photoshop:Source>"
    + "<photoshop:City>Gdańsk</photoshop:City>"
    + "<photoshop:State>Pomerania</photoshop:State>"
    + "<photoshop:Country>Poland</photoshop:Country>"
    + "<photoshop:DateCreated>2024-04-05T08:44:33</photoshop:DateCreated>"
    + "<photoshop:Instructions>Not for sale</photoshop:Instructions>"
)


@dataclass(frozen=True)
class Desk:
    """A Digest user, and the number of a photograph."""

    client: Client
    name: str
    password: str
    image_id: int

    @property
    def auth(self) -> httpx.DigestAuth:
        """The login as a client has it."""
        return httpx.DigestAuth(self.name, self.password)

    async def token(self) -> str:
        """Log in for a token."""
        async with httpx.AsyncClient(auth=self.auth) as session:
            answer = await session.post(f"{self.client.service.origin}/token")
        assert answer.status_code == 200, answer.text
        assert answer.json().keys() == {"access_token", "token_type", "expires_in"}
        return str(answer.json()["access_token"])

    async def show(self, query: str = "", image: object = None) -> Answer:
        """Fetch the photograph by token."""
        return await self.client.call(
            "GET",
            f"/api/images/{self.image_id if image is None else image}{query}",
            headers={"Authorization": f"Bearer {await self.token()}"},
        )


async def desk_of(client: Client, image_id: int) -> Desk:
    """Make a Digest user of a tenant."""
    library = client.service.library
    made = await create_credential(
        library.database, library.seal, client.tenant, CredentialKind.DIGEST, Role.READER, "desk"
    )
    return Desk(client, *made, image_id)


@pytest.fixture
async def desk(client: Client, parts: Parts) -> Desk:
    """A photograph that says a lot, and who may read that."""
    row = await client.put_ok(parts, "a.jpg", photograph(xmp=SAID))
    return await desk_of(client, row.id)


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
    ("language", "title", "caption"),
    [
        ("de", "Hafen", "Boote in Ruhe"),
        ("de-AT", "Hafen", "Boote in Ruhe"),
        ("DE-de-1996", "Hafen", "Boote in Ruhe"),
        ("pt", "Harbour", "Barcos"),
        ("pt-br", "Harbour", "Barcos"),
        ("fr", "Harbour", "Boats at rest"),
        ("*", "Harbour", "Boats at rest"),
        ("", "Harbour", "Boats at rest"),
    ],
)
async def test_texts_come_in_the_language_that_was_asked_for(
    language: str, title: str, caption: str, desk: Desk
) -> None:
    (image,) = (await desk.show(f"?language={language}")).json["Images"]
    assert (image["Title"], image["Caption"]) == (title, caption)


async def test_what_editors_write_stands_before_what_the_file_says(desk: Desk) -> None:
    body = {"title": "Our title", "caption": "Our caption", "tags": ["boats", "sea"]}
    assert (await desk.client.call("PATCH", "/images(a.jpg)", json=body)).status == 200
    (image,) = (await desk.show("?language=de")).json["Images"]
    assert (image["Title"], image["Caption"]) == ("Our title", "Our caption")
    words = {keyword["Text"]: keyword["Id"] for keyword in image["Keywords"]}
    assert list(words) == ["Harbour", "boats", "sea"]
    assert len(set(words.values())) == 3


async def test_the_backoffices_locale_stands_before_all_in_its_language(desk: Desk) -> None:
    row = await desk.client.row("a.jpg")
    said = [
        Saying("de", "Bild: Müller", "<p>Boote &amp; <b>Netze</b></p>"),
        Saying("de-AT", None, "<p>Zillen</p>"),
        Saying("fr", None, None),
        Saying("he", None, "<p>סירות</p>"),
    ]
    async with desk.client.service.library.database.transaction() as statements:
        await write_locales(statements, row, said, is_change=True)
    shown = {}
    for language in ("de-CH", "de-AT", "fr", "en", "iw"):
        (image,) = (await desk.show(f"?language={language}")).json["Images"]
        shown[language] = (image["Caption"], image["CreditLine"])
    assert shown == {
        "de-CH": ("Boote & Netze", "Bild: Müller"),
        "de-AT": ("Zillen", "Bild: Müller"),
        "fr": ("Boats at rest", "Müller Photo"),
        "en": ("Boats at rest", "Müller Photo"),
        "iw": ("סירות", "Müller Photo"),
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


async def test_what_only_locales_of_other_languages_say_is_better_than_nothing(
    client: Client, parts: Parts
) -> None:
    row = await client.put_ok(parts, "plain.png", picture(kind="PNG"))
    desk = await desk_of(client, row.id)
    async with client.service.library.database.transaction() as statements:
        said = [Saying("de", "Bild: A", "<p>Boote</p>"), Saying("en-GB", "Photo: A", None)]
        await write_locales(statements, row, said, is_change=True)
    (image,) = (await desk.show("?language=ja")).json["Images"]
    assert (image["Caption"], image["CreditLine"]) == ("Boote", "Photo: A")


@pytest.mark.parametrize("language", ["e+n", "-de", "de-", "a" * 9, "de-%C3%BC", "de;q=1"])
async def test_a_malformed_language_is_400(language: str, desk: Desk) -> None:
    answer = await desk.show(f"?language={language}")
    assert (answer.status, answer.json[0]["status"]) == (400, 400)


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
    async with httpx.AsyncClient(auth=desk.auth) as session:
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


def test_languages_are_looked_up_as_rfc_4647_says() -> None:
    tags = ["zh-Hant-TW", "zh-Hant", "en", "en-GB", "sr-Latn"]
    found = {
        "zh-Hant-CN-x-private1-private2": "zh-Hant",
        "zh-hant-tw": "zh-Hant-TW",
        "en-us": "en",
        "EN-gb": "en-GB",
        "sr": "sr-Latn",
        "zh": "zh-Hant",
        "fr": None,
        "*": None,
    }
    assert {wanted: lookup(wanted, tags) for wanted in found} == found
    assert all(is_range(text) for text in ("en", "en-us", "*", "zh-Hant-TW", "x-y"))
    assert not any(is_range(text) for text in ("", "en_us", "en--us", "ü", "en us"))


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
