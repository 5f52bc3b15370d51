"""GET of the list: pages, order, equality, and sentences for what it does not know."""

from typing import Any
from urllib.parse import quote

import pytest

from shared.domain.image import Role
from tests.client import DOCUMENT_FIELDS, Client, assert_problem, make_client, path_to, picture
from worker.settings import Parts

NAMES = ["c.jpg", "a.jpg", "e.jpg", "b.jpg", "d.jpg"]


@pytest.fixture
async def shelf(client: Client) -> Client:
    """A tenant with five images, in the order of NAMES."""
    for name in NAMES:
        assert (await client.put(name, b"bytes of " + name.encode())).status == 201
    return client


async def references(client: Client, **options: Any) -> list[str]:
    """Ask for the list with OData options, the `$` left out, and return the references."""
    query = "&".join(f"${name}={quote(str(value))}" for name, value in options.items())
    answer = await client.call("GET", f"/images?{query}")
    assert answer.status == 200, answer.body
    return [item["reference"] for item in answer.json["value"]]


async def test_the_list_shows_every_image_once_with_the_documents_fields(shelf: Client) -> None:
    answer = await shelf.call("GET", "/images")
    assert [item["reference"] for item in answer.json["value"]] == NAMES
    assert all(list(item) == DOCUMENT_FIELDS for item in answer.json["value"])
    first = (await shelf.get(NAMES[0])).json
    assert answer.json["value"][0] == first


async def test_an_empty_library_is_an_empty_list(client: Client) -> None:
    answer = await client.call("GET", "/images")
    assert answer.json == {"value": []}


async def test_pages_are_cut_by_skip_and_top(shelf: Client) -> None:
    assert await references(shelf, top=2) == NAMES[:2]
    assert await references(shelf, skip=2, top=2) == NAMES[2:4]
    assert await references(shelf, skip=4) == NAMES[4:]
    assert await references(shelf, skip=99) == []
    assert await references(shelf, top=0) == []
    assert await references(shelf, top=100, skip=99_900) == []


async def test_the_order_is_as_asked_and_ties_follow_by_id_in_its_direction(shelf: Client) -> None:
    assert await references(shelf, orderby="reference") == sorted(NAMES)
    assert await references(shelf, orderby="reference asc") == sorted(NAMES)
    assert await references(shelf, orderby="reference desc") == sorted(NAMES, reverse=True)
    assert await references(shelf, orderby="numLinks") == NAMES
    assert await references(shelf, orderby="numLinks desc") == NAMES[::-1]
    assert await references(shelf, orderby="numLinks desc, id") == NAMES
    assert await references(shelf, orderby="fileType, reference desc") == sorted(NAMES)[::-1]
    assert await references(shelf, orderby="reference desc", top=2, skip=1) == ["d.jpg", "c.jpg"]


async def test_a_filter_compares_for_equality(shelf: Client, parts: Parts) -> None:
    await shelf.process(parts, "b.jpg")
    assert await references(shelf, filter="status eq 'Up'", top=100) == [
        name for name in NAMES if name != "b.jpg"
    ]
    assert await references(shelf, filter="status eq 'Er'") == ["b.jpg"]
    assert await references(shelf, filter="reference eq 'a.jpg'") == ["a.jpg"]
    assert await references(shelf, filter="reference eq 'a.jpg' and status eq 'Er'") == []
    assert await references(shelf, filter="statusReason eq null and width eq 0", top=1) == NAMES[:1]
    row = await shelf.row("e.jpg")
    assert await references(shelf, filter=f"id eq {row.id}") == ["e.jpg"]
    made = (await shelf.get("e.jpg")).json["createdOn"]
    assert "e.jpg" in await references(shelf, filter=f"createdOn eq {made}")
    assert "e.jpg" in await references(shelf, filter=f"createdOn eq {made}Z")
    assert await references(shelf, filter="createdOn eq 2001-01-01T00:00:00Z") == []


async def test_a_quote_in_a_literal_is_written_twice(client: Client) -> None:
    await client.put("it's.jpg", b"bytes")
    assert await references(client, filter="reference eq 'it''s.jpg'") == ["it's.jpg"]
    assert await references(client, filter="title eq '''; DROP TABLE images; --'") == []


async def test_select_narrows_every_item(shelf: Client) -> None:
    answer = await shelf.call("GET", "/images?$select=reference,uid&$top=1")
    assert [list(item) for item in answer.json["value"]] == [["reference", "uid"]]


async def test_deleted_images_are_listed_apart_and_for_editors(
    client: Client, parts: Parts
) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    await client.put("b.jpg", picture())
    await client.delete("a.jpg")
    assert await references(client) == ["b.jpg"]
    editor = await make_client(client.service, "demo", Role.EDITOR)
    answer = await editor.call("GET", "/images?deleted=true&$select=reference,uid")
    assert [item["reference"] for item in answer.json["value"]] == ["a.jpg"]
    reader = await make_client(client.service, "demo", Role.READER)
    assert_problem(await reader.call("GET", "/images?deleted=true"), 403, "forbidden")
    assert (await reader.call("GET", "/images?deleted=false")).status == 200


BAD = [
    *[("$top", value) for value in ("-1", "101", "abc", "1.5", "", "9" * 30, "٣", "1e1", " 1")],
    *[("$skip", value) for value in ("-1", "100001", "abc", "9" * 30, "")],
    *[("$orderby", value) for value in ("nope", "reference up", "reference desc desc", "tags")],
    *[("$filter", value) for value in ("nope eq 1", "status", "status eq", "status eq Ok")],
    *[("$filter", value) for value in ("status eq 'Ok", "id eq 'a'", "id eq 1 or", "(id eq 1")],
    *[("$filter", value) for value in ("id eq 1 and", "id eq 1 id eq 2", "createdOn eq soon", "")],
    *[("$search", value) for value in ("", '""', "(a", '"a', "a AND", "OR a")],
    *[("$search", value) for value in ("a" * 1001, "a " * 51)],
    *[("$skiptoken", value) for value in ("", "abc", "W10", "eyJ9", "é", "A" * 5000)],
    *[("$format", value) for value in ("xml", "", "json;", "atom")],
    *[("$count", value) for value in ("maybe", "1", "")],
    *[("$select", value) for value in ("nope", "id nope")],
    *[("deleted", value) for value in ("maybe", "1", "")],
    ("$nope", "1"),
    ("$apply", "aggregate(id)"),
    ("nope", "1"),
    ("purge", "true"),
]

NOT_FOR = [
    ("GET", "/images(a.jpg)", "$filter"),
    ("PUT", "/images(a.jpg)", "deleted"),
    ("DELETE", "/images(a.jpg)", "$select"),
    ("GET", "/images(a.jpg)/links", "$top"),
    ("GET", "/$metadata", "$filter"),
    ("GET", "/", "$top"),
]


async def test_what_the_list_does_not_know_is_400_that_names_the_option(client: Client) -> None:
    for option, value in BAD:
        answer = await client.call("GET", f"/images?{option}={quote(value)}")
        assert_problem(answer, 400, "validation", option)


async def test_an_option_of_another_call_is_not_passed_over(client: Client) -> None:
    for method, path, option in NOT_FOR:
        answer = await client.call(method, f"{path}?{option}=true")
        assert_problem(answer, 400, "validation", option)


async def test_a_filter_that_breaks_off_says_where(client: Client) -> None:
    for text, position in (("status eq 'Ok' or", 18), ("id eq x", 7), ("foo bar", 1)):
        answer = await client.call("GET", f"/images?$filter={quote(text)}")
        assert f"character {position}" in answer.json["detail"], answer.json["detail"]


async def test_an_option_given_twice_is_refused(client: Client) -> None:
    answer = await client.call("GET", "/images?$top=1&$top=2")
    assert_problem(answer, 400, "validation", "$top")
    answer = await client.call("GET", f"{path_to('a.jpg')}?$select=id&$select=status")
    assert_problem(answer, 400, "validation", "$select")
