"""Bodies are stored as they come: what is coded or cannot be named is refused, never a 500."""

import gzip
from hashlib import sha256

import pytest

from tests.client import Client, Connection, assert_problem, path_to, picture
from worker.settings import Parts

FORM = {"Content-Type": "multipart/form-data; boundary=x"}


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "gzip, gzip", "nonsense"])
async def test_compressed_uploads_are_refused(client: Client, coding: str) -> None:
    headers = {"Content-Encoding": coding}
    answer = await client.put("a.jpg", gzip.compress(picture())[:-300], headers=headers)
    assert_problem(answer, 415, "unsupported-encoding", "Content-Encoding")
    assert (await client.get("a.jpg")).status == 404


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("PATCH", "/images(a.jpg)", "application/json"),
        ("POST", "/images", "application/json"),
        ("POST", "/images", "multipart/form-data; boundary=x"),
        ("POST", "/oauth/token", "application/x-www-form-urlencoded"),
        ("POST", "/api/core/v2/categories", "application/json"),
    ],
)
async def test_no_compressed_body_is_ever_blown_up(
    client: Client, method: str, path: str, kind: str
) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": kind, "x-api-key": client.key}
    answer = await client.call(method, path, data=gzip.compress(b"{}"), headers=headers)
    assert answer.status == 415, answer.body
    assert b"Content-Encoding" in answer.body


async def test_the_identity_is_no_coding(client: Client) -> None:
    headers = {"Content-Encoding": "identity"}
    assert (await client.put("a.jpg", picture(), headers=headers)).status == 201
    assert (await client.row("a.jpg")).sha256 == sha256(picture()).digest()


@pytest.mark.parametrize("coding", ["base64", "quoted-printable"])
async def test_encoded_parts_of_a_form_are_refused_one_by_one(client: Client, coding: str) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name=f; filename="a.jpg"\r\n'
        b"Content-Transfer-Encoding: " + coding.encode() + b"\r\n\r\nAAAA\r\n"
        b'--x\r\nContent-Disposition: form-data; name=f; filename="b.jpg"\r\n\r\nBBBB\r\n--x--\r\n'
    )
    answer = await client.call("POST", "/images", data=body, headers=FORM)
    assert [item["status"] for item in answer.json["value"]] == [415, 201]
    assert (await client.get("a.jpg")).status == 404


@pytest.mark.parametrize(
    "disposition",
    [
        b'form-data; name=f; filename="\xff\xfe"',
        b'form-data; name="\xff"',
        b'form-data; name="\xff"; filename=""',
        b"form-data; name=f; filename*=unicode_escape''%5cud800",
        b"form-data; name=f; filename*=utf-7''%2B2AA-",
        b"form-data; name=_charset_",
    ],
)
async def test_names_that_no_text_can_hold_are_refused(client: Client, disposition: bytes) -> None:
    body = (
        b"--x\r\nContent-Disposition: " + disposition + b"\r\n\r\n" + b"a" * 60 + b"\r\n--x--\r\n"
    )
    answer = await client.call("POST", "/images", data=body, headers=FORM)
    assert answer.status == 400, answer.body
    assert b"/errors/validation" in answer.body
    assert (await client.call("GET", "/images/$count")).body == b"0"


async def test_a_lost_row_of_an_original_ends_in_er(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    await postgres.execute("DELETE FROM objects")
    row = await client.process(parts, "a.jpg")
    assert (row.status, row.status_reason) == ("Er", "missing_original")
    answer = await client.call("DELETE", path_to("a.jpg"))
    assert answer.status == 204
    assert_problem(await client.get("a.jpg"), 404, "not-found")
