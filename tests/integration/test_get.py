"""GET of one image: the fifteen fields, more on request, and 304 for what is known."""

import pytest

from shared.domain.image import Role
from tests.client import DOCUMENT_FIELDS, Client, assert_problem, make_client, path_to, picture
from worker.settings import Parts


async def test_the_answer_has_the_documents_fields_in_its_order(
    client: Client, parts: Parts
) -> None:
    await client.put_ok(parts, "a.jpg", picture(300, 200))
    answer = await client.get("a.jpg")
    assert list(answer.json) == DOCUMENT_FIELDS
    assert answer.headers["Content-Type"].startswith("application/json")
    for name in ("createdOn", "modifiedOn"):
        assert len(answer.json[name]) == len("2024-04-05T08:44:33")
    assert answer.json["id"] > 0
    assert answer.json["numLinks"] == 0


async def test_select_gives_more_in_the_order_asked_for(client: Client, parts: Parts) -> None:
    row = await client.put_ok(parts, "a.jpg", picture())
    answer = await client.get("a.jpg", "?$select=uid,status,sha256,md5,revision")
    assert list(answer.json) == ["uid", "status", "sha256", "md5", "revision"]
    assert answer.json["uid"] == str(row.uid)
    assert row.sha256 is not None
    assert row.md5 is not None
    assert (answer.json["sha256"], answer.json["md5"]) == (row.sha256.hex(), row.md5.hex())
    star = await client.get("a.jpg", "?$select=*,statusReason")
    assert list(star.json) == [*DOCUMENT_FIELDS, "statusReason"]


@pytest.mark.parametrize("path", [path_to("a.jpg"), "/images"])
async def test_get_and_head_say_the_same(path: str, client: Client) -> None:
    await client.put("a.jpg", picture())
    told = {"Connection": "close", "X-Request-ID": "one", "Prefer": "maxpagesize=7"}
    got, asked = [await client.call(method, path, headers=told) for method in ("GET", "HEAD")]
    assert {**got.headers, "Date": ""} == {**asked.headers, "Date": ""}
    assert got.headers["X-Request-ID"] == "one"
    assert got.headers["Connection"] == "close"
    assert (len(got.body), len(asked.body)) == (int(asked.headers["Content-Length"]), 0)


@pytest.mark.parametrize("select", ["nope", "", "id,", "id;status", "*,*x", "ID"])
async def test_a_field_that_is_none_is_refused_by_name(select: str, client: Client) -> None:
    assert_problem(await client.get("a.jpg", f"?$select={select}"), 400, "validation", "$select")


async def test_what_is_known_already_is_304(client: Client) -> None:
    etag = (await client.put("a.jpg", picture())).headers["ETag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = await client.get("a.jpg", headers={"If-None-Match": known})
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["ETag"] == etag
    assert (await client.get("a.jpg", headers={"If-None-Match": '"other"'})).status == 200


async def test_every_change_and_every_representation_has_an_etag_of_its_own(
    client: Client, parts: Parts
) -> None:
    etags = [(await client.put("a.jpg", picture())).headers["ETag"]]
    await client.process(parts, "a.jpg")
    etags.append((await client.get("a.jpg")).headers["ETag"])
    etags.append((await client.get("a.jpg", "?$select=id")).headers["ETag"])
    etags.append((await client.get("a.jpg", "?$select=status")).headers["ETag"])
    await client.call("PATCH", path_to("a.jpg"), json={"title": "A"})
    etags.append((await client.get("a.jpg")).headers["ETag"])
    assert len(set(etags)) == len(etags)


async def test_head_is_get_without_the_body(client: Client) -> None:
    await client.put("a.jpg", picture())
    shown = await client.get("a.jpg")
    answer = await client.call("HEAD", path_to("a.jpg"))
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["ETag"] == shown.headers["ETag"]
    assert answer.headers["Content-Length"] == str(len(shown.body))


async def test_an_answer_is_never_kept_by_a_shared_cache(client: Client) -> None:
    await client.put("a.jpg", picture())
    assert "private" in (await client.get("a.jpg")).headers["Cache-Control"]


async def test_an_unknown_reference_is_404(client: Client) -> None:
    reader = await make_client(client.service, "demo", Role.READER)
    assert_problem(await reader.get("a.jpg"), 404, "not-found")
