"""Who uses an image: links by provider and id, and the number of them that the image shows."""

import asyncio
from typing import Any

import pytest

from shared.domain.image import Role
from tests.client import Answer, Client, Connection, assert_problem, make_client, path_to, picture
from worker.settings import Parts

LINKS = path_to("a.jpg") + "/links"


@pytest.fixture
async def shown(client: Client, parts: Parts) -> Client:
    """A tenant with one image, `a.jpg`, that is Ok."""
    await client.put_ok(parts, "a.jpg", picture())
    return client


async def _put(client: Client, name: str, **body: Any) -> Answer:
    return await client.call("PUT", f"{LINKS}/{name}", **({"json": body} if body else {}))


async def _names(client: Client) -> list[str]:
    answer = await client.call("GET", LINKS)
    return [f"{link['provider']}:{link['id']}" for link in answer.json["value"]]


async def _count(client: Client) -> int:
    number: int = (await client.get("a.jpg")).json["numLinks"]
    return number


async def test_a_link_is_said_once_however_often_it_is_sent(shown: Client) -> None:
    before = await shown.row("a.jpg")
    first = await _put(shown, "shop:1", url="https://shop.example/1", label="Boots")
    assert first.status == 201
    told = {"provider": "shop", "id": "1", "url": "https://shop.example/1", "label": "Boots"}
    assert first.json == told | {"createdOn": first.json["createdOn"]}
    again = await _put(shown, "shop:1", label="Shoes")
    assert (again.status, again.json["url"], again.json["label"]) == (200, None, "Shoes")
    assert (await _put(shown, "shop:1")).json["label"] is None
    after = await shown.row("a.jpg")
    assert (after.num_links, after.row_version) == (1, before.row_version + 1)
    assert after.modified_on == before.modified_on


async def test_a_link_is_taken_back_once_however_often_that_is_sent(shown: Client) -> None:
    await _put(shown, "shop:1")
    etag = (await shown.get("a.jpg")).headers["ETag"]
    for _ in range(2):
        assert (await shown.call("DELETE", f"{LINKS}/shop:1")).status == 204
        assert await _count(shown) == 0
    assert (await shown.get("a.jpg")).headers["ETag"] != etag
    assert await _names(shown) == []


async def test_a_link_has_any_id_decoded_once(shown: Client) -> None:
    names = ["shop:a%2Fb", "shop:%253A", "shop:1:2", "shop:%C3%A9{x}", "shop:(1)'", "s.h-o_p:0"]
    for name in names:
        assert (await _put(shown, name)).status == 201
    shown_names = ["s.h-o_p:0", "shop:%3A", "shop:(1)'", "shop:1:2", "shop:a/b", "shop:é{x}"]
    assert await _names(shown) == shown_names
    for name in names:
        assert (await shown.call("DELETE", f"{LINKS}/{name}")).status == 204
    assert await _count(shown) == 0


WRONG: list[tuple[str, Any, str | None]] = [
    ("shop", {}, "link"),
    ("shop:", {}, "link"),
    (":1", {}, "link"),
    ("sh op:1", {}, "link"),
    ("-shop:1", {}, "link"),
    ("s" * 65 + ":1", {}, "link"),
    ("shop:" + "1" * 256, {}, "link"),
    ("shop:%00", {}, "link"),
    ("shop:%FF", {}, "path"),
    ("shop:1", [], None),
    ("shop:1", {"href": "https://a.example"}, "href"),
    ("shop:1", {"url": "javascript:alert(1)"}, "url"),
    ("shop:1", {"url": "//a.example"}, "url"),
    ("shop:1", {"url": "https://a.example/" + "a" * 2048}, "url"),
    ("shop:1", {"url": 1}, "url"),
    ("shop:1", {"label": "l" * 256}, "label"),
    ("shop:1", {"label": "a\nb"}, "label"),
]


async def test_a_wrong_link_is_refused_by_field(shown: Client) -> None:
    for name, body, field in WRONG:
        answer = await shown.call("PUT", f"{LINKS}/{name.replace(' ', '%20')}", json=body)
        assert_problem(answer, 400, "validation", field)
    assert await _count(shown) == 0


async def test_links_come_in_pages(shown: Client) -> None:
    for number in range(5):
        await _put(shown, f"shop:{number}")
    seen: list[str] = []
    path = LINKS
    headers = {"Prefer": "odata.maxpagesize=2"}
    for size in (2, 2, 1):
        page = await shown.call("GET", path, headers=headers)
        assert len(page.json["value"]) == size
        seen += [link["id"] for link in page.json["value"]]
        await _put(shown, "shop:01")  # what is added behind is not seen, and disturbs nobody
        path = page.json.get("@nextLink", "").replace(shown.service.library.settings.origin, "")
    assert (seen, path) == (["0", "1", "2", "3", "4"], "")
    for query in ("?$skiptoken=x", "?$top=1", "?$filter=id%20eq%201"):
        assert (await shown.call("GET", LINKS + query)).status == 400


async def test_fifty_at_once_are_counted_right(shown: Client) -> None:
    async def use(number: int) -> None:
        name = f"shop:{number % 40}"
        assert (await _put(shown, name)).status in {200, 201}
        if number % 2:
            assert (await shown.call("DELETE", f"{LINKS}/{name}")).status == 204

    await asyncio.gather(*(use(number) for number in range(50)))
    names = await _names(shown)
    assert (len(names), await _count(shown)) == (20, 20)


async def test_links_are_said_of_an_image_that_is_being_processed(
    client: Client, parts: Parts
) -> None:
    await client.put("a.jpg", picture())
    assert (await _put(client, "shop:1")).status == 201
    row = await client.process(parts, "a.jpg")
    assert (row.status, row.num_links) == ("Ok", 1)


async def test_links_survive_a_restore_and_not_a_purge(shown: Client, postgres: Connection) -> None:
    await _put(shown, "shop:1")
    uid = (await shown.row("a.jpg")).uid
    await shown.delete("a.jpg")
    for method in ("PUT", "DELETE"):
        assert_problem(await shown.call(method, f"{LINKS}/shop:1"), 404, "not-found")
    assert_problem(await shown.call("GET", LINKS), 404, "not-found")
    await shown.call("POST", f"/images/by-uid/{uid}/restore")
    assert (await _names(shown), await _count(shown)) == (["shop:1"], 1)
    await shown.delete("a.jpg", "?purge=true")
    assert await postgres.fetchval("SELECT count(*) FROM links") == 0


async def test_a_readers_links_are_read_only_and_another_tenants_are_not_there(
    shown: Client,
) -> None:
    await _put(shown, "shop:1")
    reader = await make_client(shown.service, "demo", Role.READER)
    assert await _names(reader) == ["shop:1"]
    assert_problem(await _put(reader, "shop:2"), 403, "forbidden")
    assert_problem(await reader.call("DELETE", f"{LINKS}/shop:1"), 403, "forbidden")
    other = await make_client(shown.service, "other", Role.ADMIN)
    assert_problem(await other.call("GET", LINKS), 404, "not-found")
    assert_problem(await _put(other, "shop:1"), 404, "not-found")
    assert_problem(await other.call("DELETE", f"{LINKS}/shop:1"), 404, "not-found")
    assert await _count(shown) == 1


async def test_a_link_is_only_written_to_the_image_that_was_read(client: Client) -> None:
    await client.put("a.jpg", picture())
    read = (await client.get("a.jpg")).headers["ETag"]
    path = path_to("a.jpg") + "/links/cms:1"
    assert (await client.call("PUT", path, headers={"If-Match": read})).status == 201
    for method in ("PUT", "DELETE"):
        late = await client.call(method, path, headers={"If-Match": read})
        assert_problem(late, 412, "precondition-failed")
    assert (await client.get("a.jpg")).json["numLinks"] == 1
    now = (await client.get("a.jpg")).headers["ETag"]
    assert (await client.call("DELETE", path, headers={"If-Match": now})).status == 204
