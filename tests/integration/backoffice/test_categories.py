"""Categories: a tree with names in several languages, listed by cursors, deleted and restored."""

import asyncio
from typing import Any

import pytest

from shared.domain.category import MAX_DEPTH
from shared.domain.image import Role
from tests.backoffice import API, assert_errors
from tests.client import Answer, Client, Connection, make_client, picture
from worker.settings import Parts

CATEGORIES = f"{API}/categories"
NOBODY = "113c8e25-dfa3-4100-abd9-924fba72aa7c"
ICON = '<svg viewBox="0 0 9 9"><path d="M0 0L9 9"></path></svg>'


async def _make(client: Client, name: str = "News", **members: Any) -> Any:
    body = {"locales": [{"locale": "en", "name": name}], **members}
    answer = await client.call("POST", CATEGORIES, json=body)
    assert answer.status == 201, answer.body
    return answer.json["data"]


async def _ask(client: Client, method: str, category: Any, path: str = "", **body: Any) -> Answer:
    one = f"{CATEGORIES}/by-id/{category['id']}{path}"
    return await client.call(method, one, **({"json": body} if method == "PATCH" else {}))


async def _ids(client: Client, query: str = "") -> list[str]:
    answer = await client.call("GET", CATEGORIES + query)
    return [category["id"] for category in answer.json["data"]]


async def test_a_category_is_made_shown_and_changed(client: Client) -> None:
    made = await _make(client, svg_icon=ICON, position=5)
    (locale,) = made["locales"]
    assert locale == {"id": locale["id"], "locale": "en", "name": "News", "deleted_at": None}
    assert (made["svg_icon"], made["position"], made["is_archived"]) == (ICON, 5, False)
    assert (made["parent_id"], made["deleted_at"]) == (None, None)
    assert (await _ask(client, "GET", made)).json["data"] == made
    names = [{"locale": "EN", "name": "Latest"}, {"locale": "pt-br", "name": "Notícias"}]
    changed = (await _ask(client, "PATCH", made, locales=names, is_archived=True)).json["data"]
    assert [each["name"] for each in changed["locales"]] == ["Latest", "Notícias"]
    assert changed["locales"][0]["id"] == locale["id"]
    assert (changed["is_archived"], changed["svg_icon"], changed["position"]) == (True, ICON, 5)
    bare = (await _ask(client, "PATCH", made, svg_icon=None)).json["data"]
    assert (bare["svg_icon"], bare["locales"]) == (None, changed["locales"])


async def test_of_an_icon_only_drawing_is_kept(client: Client) -> None:
    dirty = (
        '<svg viewBox="0 0 9 9" onload="alert(1)"><script>alert(1)</script>'
        '<foreignObject><img src=x onerror=alert(1)></foreignObject><use href="//evil"></use>'
        '<path d="M0 0L9 9" style="x" fill="URL(//evil)" stroke="u\\72l(//evil)"></path></svg>'
    )
    assert (await _make(client, svg_icon=dirty))["svg_icon"] == ICON
    too_long = "<svg>" + "<g/>" * 4_000 + "</svg>"
    for refused in ("star", "<img src=x>", "<script></script>", "", too_long):
        body = {"locales": [{"locale": "en", "name": "x"}], "svg_icon": refused}
        assert_errors(await client.call("POST", CATEGORIES, json=body), 422, "svg_icon")


async def test_the_list_is_walked_both_ways(client: Client) -> None:
    made = [(await _make(client, str(number)))["id"] for number in range(7)]
    first = await _make(client, "first", position=0)
    order = sorted([made[0], first["id"]]) + made[1:]
    assert await _ids(client) == order
    page = (await client.call("GET", f"{CATEGORIES}?limit=3&x-api-key={client.key}")).json
    base = f"{client.service.library.settings.origin}{CATEGORIES}"
    assert (page["meta"]["base"], page["meta"]["previous"]) == (base, None)
    pages = [page]
    while (following := pages[-1]["meta"]["next"]) is not None:
        assert client.key not in following
        pages.append((await client.call("GET", following.replace(base, CATEGORIES))).json)
    assert [[each["id"] for each in page["data"]] for page in pages] == [
        order[:3],
        order[3:6],
        order[6:],
    ]
    back = pages[-1]["meta"]["previous"].replace(base, CATEGORIES)
    before = (await client.call("GET", back)).json
    assert before["data"] == pages[1]["data"]
    assert before["meta"] == pages[1]["meta"]
    for query in ("limit=0", "limit=101", "limit=x", "after=x", "before=-1.0", "after=1&before=1"):
        answer = await client.call("GET", f"{CATEGORIES}?{query}")
        assert answer.status == 400, query
        assert [*answer.json["errors"]["fields"]] == [query.rpartition("&")[2].partition("=")[0]]


async def test_the_tree_has_no_cycles_and_a_bounded_depth(client: Client) -> None:
    path = [await _make(client)]
    while len(path) < MAX_DEPTH:
        path.append(await _make(client, parent_id=path[-1]["id"]))
    body = {"locales": [{"locale": "en", "name": "x"}], "parent_id": path[-1]["id"]}
    assert_errors(await client.call("POST", CATEGORIES, json=body), 422, "parent_id")
    for parent in (path[0], path[5]):
        moved = await _ask(client, "PATCH", path[0], parent_id=parent["id"])
        assert_errors(moved, 422, "parent_id")
    other = await _make(client)
    assert_errors(await _ask(client, "PATCH", path[0], parent_id=other["id"]), 422, "parent_id")
    assert (await _ask(client, "PATCH", path[5], parent_id=other["id"])).status == 200
    assert (await _ask(client, "PATCH", path[5], parent_id=None)).json["data"]["parent_id"] is None
    for parent_id in (NOBODY, "x", 7):
        assert_errors(await _ask(client, "PATCH", other, parent_id=parent_id), 422, "parent_id")


async def test_moves_at_once_make_no_cycle(client: Client) -> None:
    one, two = await _make(client), await _make(client)
    answers = await asyncio.gather(
        _ask(client, "PATCH", one, parent_id=two["id"]),
        _ask(client, "PATCH", two, parent_id=one["id"]),
    )
    assert sorted(answer.status for answer in answers) == [200, 422]


async def test_a_restore_brings_back_what_its_deletion_took_along(client: Client) -> None:
    root = await _make(client)
    child = await _make(client, parent_id=root["id"])
    leaf = await _make(client, parent_id=child["id"])
    earlier = await _make(client, parent_id=root["id"])
    other = await _make(client)
    await _ask(client, "DELETE", earlier)
    for _ in range(2):
        deleted = (await _ask(client, "DELETE", root)).json["data"]
        assert deleted["deleted_at"]
        assert deleted["locales"][0]["deleted_at"] == deleted["deleted_at"]
    assert await _ids(client) == [other["id"]]
    for category in (root, child, leaf, earlier):
        assert_errors(await _ask(client, "GET", category), 404)
        assert_errors(await _ask(client, "PATCH", category, position=1), 404)
    assert_errors(await _ask(client, "PATCH", other, parent_id=root["id"]), 422, "parent_id")
    for category in (child, leaf, earlier):
        assert_errors(await _ask(client, "POST", category, "/restore"), 409)
    restored = await _ask(client, "POST", root, "/restore")
    assert (restored.status, restored.json["data"]["deleted_at"]) == (200, None)
    assert await _ids(client) == [root["id"], child["id"], leaf["id"], other["id"]]
    assert (await _ask(client, "POST", earlier, "/restore")).status == 200
    assert (await _ask(client, "POST", earlier, "/restore")).status == 200, "and again"


async def test_deletions_and_restores_at_once_leave_no_orphan(
    client: Client, postgres: Connection
) -> None:
    root = await _make(client)
    child = await _make(client, parent_id=root["id"])
    for _ in range(5):
        answers = await asyncio.gather(
            *(_ask(client, "DELETE", each) for each in (root, child)),
            *(_ask(client, "POST", each, "/restore") for each in (child, root)),
        )
        assert {answer.status for answer in answers} <= {200, 409}
        orphans = """
            SELECT count(*) FROM categories AS c JOIN categories AS p ON p.id = c.parent_id
            WHERE c.deleted_at IS NULL AND p.deleted_at IS NOT NULL
        """
        assert await postgres.fetchval(orphans) == 0


async def test_what_was_deleted_is_forgotten_after_its_time(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    root = await _make(client)
    await _make(client, parent_id=root["id"])
    await _make(client)
    await _ask(client, "DELETE", root)
    assert await parts.sweeper.forget_categories() == 0
    await postgres.execute("UPDATE categories SET deleted_at = deleted_at - interval '31 days'")
    await parts.sweeper.forget_categories()
    assert await postgres.fetchval("SELECT count(*) FROM categories") == 1
    assert_errors(await _ask(client, "POST", root, "/restore"), 404)


async def test_images_are_filed_and_taken_out(client: Client, parts: Parts) -> None:
    category = await _make(client)
    ids = []
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        await client.put(name, picture())
        ids.append(str((await client.row(name)).uid))
    for image_id in (*ids, ids[0]):
        assert (await _ask(client, "PUT", category, f"/images/{image_id}")).status == 204
    listed = (await _ask(client, "GET", category, "/images?limit=2")).json
    assert listed["data"] == [{"id": ids[0]}, {"id": ids[1]}]
    rest = (await client.call("GET", "/" + listed["meta"]["next"].split("/", 3)[3])).json
    assert (rest["data"], rest["meta"]["next"]) == ([{"id": ids[2]}], None)
    for _ in range(2):
        assert (await _ask(client, "DELETE", category, f"/images/{ids[1]}")).status == 204
    await client.process(parts, "c.jpg")
    await client.delete("c.jpg")
    assert (await _ask(client, "GET", category, "/images")).json["data"] == [{"id": ids[0]}]
    for method in ("PUT", "DELETE"):
        for path in (f"/images/{ids[2]}", f"/images/{NOBODY}"):
            assert_errors(await _ask(client, method, category, path), 404)
        assert_errors(await _ask(client, method, {"id": NOBODY}, f"/images/{ids[0]}"), 404)
        assert_errors(await _ask(client, method, category, "/images/x"), 400, "image_id")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["locales"]),
        ({"locales": []}, ["locales"]),
        ({"locales": [{"locale": "en"}]}, ["locales.0.name"]),
        ({"locales": [{"locale": "xx", "name": ""}]}, ["locales.0.locale", "locales.0.name"]),
        (
            {"locales": [{"locale": "en", "name": "a"}], "position": -1, "is_archived": 1},
            ["position", "is_archived"],
        ),
    ],
)
async def test_a_category_that_does_not_fit_is_refused(
    client: Client, body: Any, fields: list[str]
) -> None:
    assert_errors(await client.call("POST", CATEGORIES, json=body), 422, *fields)


async def test_a_creation_that_is_sent_again_makes_one_category(
    client: Client, postgres: Connection
) -> None:
    body = {"locales": [{"locale": "en", "name": "News"}]}
    again = {"Idempotency-Key": "once"}
    first = await client.call("POST", CATEGORIES, json=body, headers=again)
    await postgres.execute("UPDATE idempotency_keys SET status = NULL, locked_until = now()")
    second = await client.call("POST", CATEGORIES, json=body, headers=again)
    assert (second.status, second.json) == (201, first.json)
    assert await _ids(client) == [first.json["data"]["id"]]


async def test_a_category_can_have_a_name_elsewhere(client: Client) -> None:
    category = await _make(client)
    urn = f"urn:category:{category['id']}"
    body = {"provider": "cms", "id": "7", "urn": urn}
    assert (await client.call("POST", f"{API}/references", json=body)).status == 201
    found = await client.call("GET", f"{API}/references/cms:7")
    assert found.json["data"] == {"id": "7", "provider": "cms", "urn": urn, "expires_at": None}


async def test_a_reader_changes_nothing_and_another_tenant_sees_nothing(client: Client) -> None:
    category = await _make(client)
    await client.put("a.jpg", picture())
    image = f"/images/{(await client.row('a.jpg')).uid}"
    reader = await make_client(client.service, "demo", Role.READER)
    assert await _ids(reader) == [category["id"]]
    assert (await _ask(reader, "GET", category, "/images")).status == 200
    other = await make_client(client.service, "other", Role.ADMIN)
    assert await _ids(other) == []
    assert_errors(await reader.call("POST", CATEGORIES, json={}), 403)
    for caller, status in ((reader, 403), (other, 404)):
        for method, path in (
            ("PATCH", ""),
            ("DELETE", ""),
            ("POST", "/restore"),
            ("PUT", image),
            ("DELETE", image),
        ):
            assert_errors(await _ask(caller, method, category, path), status)
    for path in ("", "/images"):
        assert_errors(await _ask(other, "GET", category, path), 404)
    body = {"locales": [{"locale": "en", "name": "x"}], "parent_id": category["id"]}
    assert_errors(await other.call("POST", CATEGORIES, json=body), 422, "parent_id")
    for path in ("", "/images", "/restore"):
        method = "POST" if path == "/restore" else "GET"
        assert_errors(await _ask(client, method, {"id": "x"}, path), 400, "id")
    assert (await _ask(client, "GET", category)).json["data"] == category
