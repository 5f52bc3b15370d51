"""The CDN: immutable, inline only for what is surely a picture, and never to be sniffed."""

import pytest
from aiohttp import ClientError

from tests.bucket import Bucket
from tests.client import URL_FIELDS, Answer, Client, assert_problem, path_to, picture
from worker.settings import Parts

SCRIPT = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
async def test_a_picture_is_shown_inline_and_kept_forever(
    kind: str, client: Client, parts: Parts
) -> None:
    await client.put_ok(parts, "größe (1).x", picture(kind=kind))
    shown = (await client.get("größe (1).x")).json
    for field in URL_FIELDS:
        headers = (await client.cdn(shown[field])).headers
        assert headers["Content-Type"].startswith("image/")
        assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
        name = "filename*=UTF-8''gr%C3%B6%C3%9Fe%20%281%29.x"
        assert headers["Content-Disposition"] == f"inline; {name}"
    original = await client.cdn(shown["originalUrl"])
    assert original.headers["Content-Type"] == f"image/{kind.lower()}"


async def test_every_answer_is_kept_in_a_sandbox(client: Client, parts: Parts) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    await client.put("b.svg", SCRIPT)
    for reference in ("a.jpg", "b.svg"):
        answer = await client.cdn((await client.get(reference)).json["originalUrl"])
        assert answer.status == 200
        _assert_sandboxed(answer)


async def test_every_refusal_is_kept_in_a_sandbox_and_not_stored(
    client: Client, parts: Parts
) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    url = (await client.get("a.jpg")).json["originalUrl"]
    await client.delete("a.jpg")
    answers = {
        410: await client.cdn(url),
        404: await client.call("GET", "/cdn/demo/x"),
        400: await client.call("GET", "/cdn/demo/%FF"),
        405: await client.call("POST", "/cdn/demo/x"),
    }
    for status, answer in answers.items():
        assert answer.status == status
        assert answer.headers["Cache-Control"] == "no-store"
        _assert_sandboxed(answer)


def _assert_sandboxed(answer: Answer) -> None:
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


async def test_what_is_not_yet_ok_is_an_attachment_of_bytes(client: Client, parts: Parts) -> None:
    data = picture()
    url = (await client.put("a.jpg", data)).json["originalUrl"]
    before = await client.cdn(url)
    assert (before.status, before.body) == (200, data)
    assert before.headers["Content-Type"] == "application/octet-stream"
    assert before.headers["Content-Disposition"].startswith("attachment; ")
    assert "immutable" not in before.headers["Cache-Control"]
    await client.process(parts, "a.jpg")
    after = await client.cdn(url, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status == 200
    assert after.headers["Content-Type"] == "image/jpeg"


async def test_what_is_no_picture_stays_an_attachment(client: Client, parts: Parts) -> None:
    await client.put("a.svg", b"<html></html>", headers={"Content-Type": "image/svg+xml"})
    assert (await client.process(parts, "a.svg")).status == "Er"
    answer = await client.cdn((await client.get("a.svg")).json["originalUrl"])
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")


async def test_a_name_that_was_changed_is_the_one_to_save_under(
    client: Client, parts: Parts
) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    await client.call("PATCH", path_to("a.jpg"), json={"reference": 'b";x="\\.jpg'})
    answer = await client.cdn((await client.get('b";x="\\.jpg')).json["originalUrl"])
    assert answer.headers["Content-Disposition"] == (
        "inline; filename*=UTF-8''b%22%3Bx%3D%22%5C.jpg"
    )


async def test_head_is_get_without_the_body(client: Client, parts: Parts) -> None:
    row = await client.put_ok(parts, "a.jpg", picture())
    url = (await client.get("a.jpg")).json["originalUrl"]
    shown, answer = await client.cdn(url), await client.cdn(url, method="HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Content-Length"] == str(row.size_in_bytes)
    for name in ("ETag", "Content-Type", "Cache-Control", "Content-Disposition"):
        assert answer.headers[name] == shown.headers[name]


async def test_what_is_known_already_is_304(client: Client, parts: Parts) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    url = (await client.get("a.jpg")).json["originalUrl"]
    etag = (await client.cdn(url)).headers["ETag"]
    for known in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        answer = await client.cdn(url, headers={"If-None-Match": known})
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["ETag"] == etag
        assert "immutable" in answer.headers["Cache-Control"]
    assert (await client.cdn(url, headers={"If-None-Match": '"x"'})).status == 200


async def test_equal_bytes_have_equal_etags_and_others_do_not(client: Client, parts: Parts) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    await client.put_ok(parts, "b.jpg", picture())
    a, b = (await client.get("a.jpg")).json, (await client.get("b.jpg")).json
    original = (await client.cdn(a["originalUrl"])).headers["ETag"]
    assert (await client.cdn(b["originalUrl"])).headers["ETag"] == original
    assert (await client.cdn(a["thumbnailUrl"])).headers["ETag"] != original


@pytest.mark.parametrize("path", ["demo/x", "nobody/x", "demo", "demo/a%00b", "%2e%2e/x", "demo//"])
async def test_a_key_that_nobody_holds_is_404(path: str, client: Client) -> None:
    assert_problem(await client.call("GET", f"/cdn/{path}"), 404, "not-found")


async def test_a_key_is_found_however_its_url_is_escaped(client: Client, parts: Parts) -> None:
    await client.put_ok(parts, "it's (1)+,;=.jpg", picture())
    url = (await client.get("it's (1)+,;=.jpg")).json["originalUrl"]
    escaped = url.translate({ord(mark): f"%{ord(mark):02x}" for mark in "'()+,;="})
    assert (await client.cdn(escaped)).body == (await client.cdn(url)).body


async def test_bytes_that_s3_has_lost_are_503_and_not_kept(client: Client, parts: Parts) -> None:
    row = await client.put_ok(parts, "a.jpg", picture())
    url = (await client.get("a.jpg")).json["originalUrl"]
    assert row.original_key is not None
    await client.service.library.storage.delete(row.original_key)
    answer = await client.cdn(url)
    assert_problem(answer, 503, "unavailable")
    assert answer.headers["Cache-Control"] == "no-store"


async def test_bytes_that_s3_has_cut_short_end_the_connection(
    client: Client, bucket: Bucket
) -> None:
    url = (await client.put("a.jpg", b"twelve bytes")).json["originalUrl"]
    (key,) = await bucket.keys()
    await bucket.put(key, b"four")
    with pytest.raises(ClientError):
        await client.cdn(url)
