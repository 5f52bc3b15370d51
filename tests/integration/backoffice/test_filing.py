"""The DAM contract's lists, by the categories in which images are filed."""

from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from shared.db.listing import total_sql
from shared.domain.expression import Compare, Constant, Quantified, Tag, Type
from shared.domain.image import Role
from shared.usecases.lists_ports import Selection
from tests.backoffice import API
from tests.client import Client, Connection, assert_problem, make_client
from tests.library import fill

CATEGORIES = f"{API}/categories"


async def _category(client: Client, *names: str, **members: Any) -> str:
    body = {"locales": [{"locale": "en", "name": "x"}], **members}
    made = (await client.call("POST", CATEGORIES, json=body)).json["data"]["id"]
    for name in names:
        image = (await client.row(name)).uid
        path = f"{CATEGORIES}/by-id/{made}/images/{image}"
        assert (await client.call("PUT", path)).status == 204
    return str(made)


async def _found(client: Client, text: str) -> list[str]:
    answer = await client.call(
        "GET", f"/images?$orderby=id&$count=true&$select=reference&$filter={quote(text)}"
    )
    assert answer.status == 200, answer.body
    found = [image["reference"] for image in answer.json["value"]]
    assert answer.json["@count"] == len(found)
    return found


@pytest.fixture
async def names(client: Client, postgres: Connection) -> list[str]:
    """The names of twelve images, in the order of their numbers."""
    await fill(client, postgres, 12)
    rows = await postgres.fetch("SELECT reference FROM images ORDER BY id")
    return [row["reference"] for row in rows]


async def test_images_are_found_by_their_categories(client: Client, names: list[str]) -> None:
    ports = await _category(client, *names[:4])
    boats = await _category(client, *names[2:6], parent_id=ports)
    for text, expected in {
        f"categories/any(c: c eq '{ports}')": names[:4],
        f"categories/any(c: c in ('{ports}', '{boats}', 'nonsense'))": names[:6],
        f"'{boats}' in categories": names[2:6],
        f"categories/any(c: c eq '{ports}') and categories/any(c: c eq '{boats}')": names[2:4],
        f"not categories/any(c: c eq '{ports}')": names[4:],
        f"categories/any(c: c eq '{ports}') or reference eq '{_quoted(names[7])}'": [
            *names[:4],
            names[7],
        ],
        f"categories/any(c: startswith(c, '{boats[:30]}') and c ne '{ports}')": names[2:6],
        f"categories/all(c: c eq '{ports}')": names[:2] + names[6:],
        "categories/any()": names[:6],
        "categories/$count eq 2": names[2:4],
        "categories/any(c: tags/any(t: t eq c) or $it/id ge 1)": names[:6],
        f"categories/any(a: categories/any(b: a ne b and b eq '{ports}'))": names[2:4],
        f"categories/any(c: c eq '{uuid4()}')": [],
        "categories/any(c: c eq 'News')": [],
    }.items():
        assert await _found(client, text) == expected, text


async def test_a_category_that_was_deleted_finds_nothing_until_it_is_restored(
    client: Client, names: list[str]
) -> None:
    ports = await _category(client, *names[:2])
    text = f"categories/any(c: c eq '{ports}')"
    await client.call("DELETE", f"{CATEGORIES}/by-id/{ports}")
    assert await _found(client, text) == await _found(client, "categories/any()") == []
    await client.call("POST", f"{CATEGORIES}/by-id/{ports}/restore")
    assert await _found(client, text) == names[:2]


async def test_categories_of_another_tenant_find_nothing(client: Client, names: list[str]) -> None:
    ports = await _category(client, *names[:2])
    other = await make_client(client.service, "other", Role.ADMIN)
    for text in (f"categories/any(c: c eq '{ports}')", "categories/any()"):
        assert await _found(other, text) == []


async def test_an_index_finds_what_is_filed(
    client: Client, postgres: Connection, names: list[str]
) -> None:
    ports = await _category(client, *names[:2])
    await postgres.execute("ANALYZE; SET enable_seqscan = off")
    equal = Compare("eq", Tag(0), Constant(ports, Type.STRING))
    selection = Selection(Quantified("any", 0, equal, "categories"))
    statement, args = total_sql(client.tenant.id, selection, "")
    plan = await postgres.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *args)
    assert "image_categories" in plan
    assert '"Node Type": "Seq Scan"' not in plan


async def test_categories_are_not_selected_nor_sorted_by(client: Client) -> None:
    for option in ("$select", "$orderby"):
        answer = await client.call("GET", f"/images?{option}=categories")
        assert_problem(answer, 400, "validation", option)
    answer = await client.call("GET", "/images?$filter=categories%20eq%20'x'")
    assert_problem(answer, 400, "validation", "$filter")
    schema = await client.call("GET", "/$metadata")
    assert b'<Property Name="categories" Type="Collection(Edm.String)"' in schema.body


def _quoted(text: str) -> str:
    return text.replace("'", "''")
