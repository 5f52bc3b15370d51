"""What is said of images in each language: tags, captions without dangers, and the search."""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest

from shared.usecases.editorial.locales import BLOCKS, INLINE
from tests.backoffice import IMAGES, assert_errors, by_id, create
from tests.client import Client, Connection
from worker.settings import Parts

VECTORS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><animate onbegin=alert(1)></svg>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" jAvA\tscript:alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:msgbox(1)">x</a>',
    '<a href="//evil.example" onclick="alert(1)">x</a>',
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<form><button formaction=javascript:alert(1)>x</button></form>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<style>@import 'javascript:alert(1)';</style>",
    "<base href='javascript:alert(1)//'>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<object data='javascript:alert(1)'></object><embed src='javascript:alert(1)'>",
    "<scr<script>ipt>alert(1)</script>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<b onmouseover=alert(1) id=x class=y>x</b",
    "<p><![CDATA[<script>alert(1)</script>]]></p>",
    "<svg><style><!--</style><img src=x onerror=alert(1)>--></style></svg>",
]
ALLOWED = '<p>Old <b>town</b>, <em>Évora</em><br><a href="https://e.example/" rel="{}">more</a></p>'
REL = "noopener noreferrer nofollow"


class _Marks(HTMLParser):
    """Collects what a browser would act upon."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a tag."""
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.urls += [value or "" for name, value in attrs if name == "href"]

    def handle_comment(self, data: str) -> None:
        """Refuse comments."""
        raise AssertionError(data)


async def _names_found(client: Client, text: str) -> list[str]:
    answer = await client.call("GET", f"/images?$search={quote(text)}")
    assert answer.status == 200, answer.body
    return [image["reference"] for image in answer.json["value"]]


async def _say(client: Client, image_id: str, *locales: dict[str, Any]) -> Any:
    path = f"{IMAGES}/by-id/{image_id}"
    answer = await client.call("PATCH", path, json={"locales": list(locales)})
    assert answer.status == 200, answer.body
    return answer.json["data"]


@pytest.mark.parametrize(
    ("tag", "canonical"),
    [
        ("en-us", "en-US"),
        ("iw", "he"),
        ("ZH-hant-tw", "zh-Hant-TW"),
        ("zh-cmn-hans", "zh-Hans"),
        ("de-u-co-phonebk", "de-u-co-phonebk"),
    ],
)
async def test_a_tag_is_kept_in_its_canonical_form(
    client: Client, tag: str, canonical: str
) -> None:
    made = await create(client, "a.jpg", locales=[{"locale": tag}])
    (locale,) = made["locales"]
    assert locale == {"id": locale["id"], "locale": canonical, "credit": None, "caption_html": None}


async def test_what_is_no_tag_is_refused(client: Client) -> None:
    for tag in ("", "a", "en_US", "en-", "xx", "english language", "de-1996-1996", "ñ", "a" * 9):
        answer = await client.call(
            "POST", IMAGES, json={"file_key": "0" * 32, "locales": [{"locale": tag}]}
        )
        assert_errors(answer, 422, "locales.0.locale")


async def test_a_caption_keeps_its_text_and_loses_its_dangers(client: Client) -> None:
    dirty = [{"locale": f"en-x-v{n}", "caption_html": html} for n, html in enumerate(VECTORS)]
    for locale in (await create(client, "a.jpg", locales=dirty))["locales"]:
        reader = _Marks()
        reader.feed(locale["caption_html"])
        reader.close()
        assert reader.tags <= {*BLOCKS, *INLINE}, locale
        assert reader.attributes <= {"href", "title", "rel"}, locale
        assert not [url for url in reader.urls if not url.startswith("//")], locale
    clean = await create(
        client, "b.jpg", locales=[{"locale": "en", "caption_html": ALLOWED.format("opener")}]
    )
    assert clean["locales"][0]["caption_html"] == ALLOWED.format(REL)


async def test_locales_are_replaced_together_and_keep_their_ids(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    made = await create(
        client,
        "a.jpg",
        locales=[{"locale": "pt", "credit": "Rui"}, {"locale": "en", "credit": "Ann"}],
    )
    english, portuguese = made["locales"]
    assert (english["locale"], portuguese["locale"]) == ("en", "pt")
    busy = await client.call("PATCH", f"{IMAGES}/by-id/{made['id']}", json={"locales": []})
    assert_errors(busy, 409)
    before = await client.process(parts, "a.jpg")
    said = await _say(client, made["id"], {"locale": "EN", "credit": "Bo"}, {"locale": "fr"})
    assert [locale["locale"] for locale in said["locales"]] == ["en", "fr"]
    assert said["locales"][0] == english | {"credit": "Bo"}
    assert (await client.row("a.jpg")).row_version == before.row_version + 1
    types = await postgres.fetch("SELECT type FROM outbox ORDER BY id")
    assert [row["type"] for row in types][-1] == "image.updated"
    assert (await _say(client, made["id"]))["locales"] == []
    assert (await by_id(client, made["id"])).json["data"]["locales"] == []


async def test_the_search_finds_credits_and_captions(client: Client, parts: Parts) -> None:
    made = await create(
        client,
        "a.jpg",
        locales=[
            {
                "locale": "pt",
                "credit": "João Sá",
                "caption_html": "<p>Barcos</p>no c<b>ai</b>s",
            },
            {"locale": "en", "caption_html": "Boats &amp; nets"},
        ],
    )
    await create(client, "b.jpg")
    for text in ("joao", '"barcos no cais"', "boats AND nets", "barcos AND boats"):
        assert await _names_found(client, text) == ["a.jpg"], text
    assert await _names_found(client, "NOT boats") == ["b.jpg"]
    for text in ("amp", "barcosno", "strong"):
        assert await _names_found(client, text) == []
    await client.process(parts, "a.jpg")
    await _say(client, made["id"], {"locale": "en", "credit": "Ann"})
    assert await _names_found(client, "boats") == []
    assert await _names_found(client, "ann") == ["a.jpg"]


async def test_html_that_is_made_to_be_slow_or_long_is_refused(client: Client) -> None:
    """The first would become nine megabytes, and each takes more than a second to clean."""
    opened = "".join(f"<b title={number}>" for number in range(800))
    for html, detail in (
        (f"<p><i>{opened}</p>" + "<p>x</p>" * 600, b"over 1,000 tags"),
        ("<ul><li>" * 2_500, b"over 1,000 tags"),
        ("<p>" * 900, b"over 1,000 tags"),
        ("&" * 19_000, b"95,000 characters once it is cleaned"),
    ):
        locales = [{"locale": "en", "caption_html": html}]
        answer = await client.call("POST", IMAGES, json={"file_key": "0" * 32, "locales": locales})
        assert_errors(answer, 422, "locales.0.caption_html")
        assert detail in answer.body
