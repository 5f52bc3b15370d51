"""The Connect contract's texts in the language asked for: of editors, locales and the file."""

import pytest

from shared.domain.language import is_range, lookup
from shared.domain.locale import Saying
from shared.usecases.editorial.locales import write_locales
from tests.client import Client, picture
from tests.desk import Desk, desk_of
from worker.settings import Parts


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
