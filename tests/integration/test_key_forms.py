"""The forms in which a path may name a reference."""

from urllib.parse import quote

import pytest

from tests.client import Client, assert_problem
from tests.hard import HARD_REFERENCES

SAME = {
    "literal": "/images(it's%20(1).jpg)",
    "quoted": "/images('it''s%20(1).jpg')",
    "all escaped": "/images(%27it%27%27s%20%281%29.jpg%27)",
    "parentheses escaped": "/images%28it's%20%281%29.jpg%29",
    "needlessly escaped": "/images(%69%74's%20(1).jpg)",
}


@pytest.mark.parametrize("form", SAME)
async def test_every_form_names_the_same_image(form: str, client: Client) -> None:
    await client.put("it's (1).jpg", b"bytes")
    answer = await client.call("GET", SAME[form])
    assert answer.status == 200, answer.body
    assert answer.json["reference"] == "it's (1).jpg"


LITERAL = {
    "a.jpg": "/images(a.jpg)",
    "'": "/images(')",
    "''": "/images('''''')",
    "'a": "/images('a)",
    "a'": "/images(a')",
    "a''b": "/images(a''b)",
    ")": "/images())",
    "(": "/images(()",
    "a/b": "/images(a%2Fb)",
    "a/b ": "/images('a%2fb%20')",
    "+": "/images(+)",
    "a%2Fb": "/images(a%252Fb)",
    "漢": "/images(%E6%BC%A2)",
    "é": "/images(e%CC%81)",
    "..": "/images(..)",
    ";x=1": "/images(;x=1)",
    "a{b}": "/images(a%7Bb%7D)",
    "a\\b": "/images(a%5Cb)",
}


async def test_a_path_is_decoded_once_and_quotes_only_where_they_surround(client: Client) -> None:
    found = {}
    for path in LITERAL.values():
        answer = await client.call("PUT", path, data=b"bytes")
        found[answer.json.get("reference", answer.body)] = path
    assert found == LITERAL


async def test_every_legal_reference_can_be_reached(client: Client) -> None:
    for reference in HARD_REFERENCES.values():
        created = await client.put(reference, b"bytes")
        assert created.status == 201, created.body
        assert created.json["reference"] == reference
        assert (await client.get(reference)).json == created.json
        escaped = quote("'" + reference.replace("'", "''") + "'", safe="")
        assert (await client.call("GET", f"/images({escaped})")).json == created.json


BROKEN = {
    "not UTF-8": "/images(%FF%FE.jpg)",
    "half a character": "/images(%E6%BC)",
    "overlong": "/images(%C0%AF)",
    "a surrogate": "/images(%ED%A0%80)",
    "no escape": "/images(100%.jpg)",
    "half an escape": "/images(100%2)",
    "NUL": "/images(a%00b)",
    "newline": "/images(a%0Ab)",
    "empty": "/images()",
    "empty and quoted": "/images('')",
    "a single quote within": "/images('a'b')",
    "three quotes": "/images(''')",
    "256 characters": f"/images({'a' * 256})",
}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_a_path_that_names_no_legal_reference_is_400(method: str, client: Client) -> None:
    for form, path in BROKEN.items():
        answer = await client.call(method, path, data=b"bytes" if method == "PUT" else None)
        assert answer.status == 400, (form, answer.body)
        assert_problem(answer, 400, "validation", answer.json["field"])


@pytest.mark.parametrize(
    ("path", "right"),
    [
        ("/images(a/b.jpg)", "/images(a%2Fb.jpg)"),
        ("/images('a/b/c%20d.jpg')", "/images('a%2Fb%2Fc%20d.jpg')"),
        ("/images(a/b.jpg)/reprocess", "/images(a%2Fb.jpg)/reprocess"),
        ("/images(/)", "/images(%2F)"),
    ],
)
async def test_a_slash_as_it_is_is_404_that_shows_how_to_send_it(
    path: str, right: str, client: Client
) -> None:
    for method in ("GET", "PUT", "DELETE", "POST"):
        answer = await client.call(method, path)
        assert_problem(answer, 404, "not-found")
        assert answer.json["detail"].endswith(f"%2F: try {right}")
