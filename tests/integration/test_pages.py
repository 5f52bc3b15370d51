"""Paging as OData has it: next links by key, page sizes by preference, totals, and dialects."""

import asyncio
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from multidict import CIMultiDict
from yarl import URL

from api.dam.options import preferred
from shared.db import listing, pages
from shared.domain.image import Role
from tests.client import Answer, Client, Connection, assert_problem, make_client, path_to
from tests.library import fill

SIZE = 257


@pytest.fixture
async def library(client: Client, postgres: Connection) -> Client:
    """A tenant with so many images that they need three pages; many of a key's values are equal."""
    await fill(client, postgres, SIZE)
    return client


async def ask(client: Client, query: str, **kwargs: Any) -> Answer:
    answer = await client.call("GET", f"/images?{query}", **kwargs)
    assert answer.status == 200, answer.body
    return answer


async def walk(client: Client, query: str, **kwargs: Any) -> list[list[dict[str, Any]]]:
    """Follow the next links to the end, as they are, and return the pages."""
    answer = await ask(client, query, **kwargs)
    pages = [answer.json["value"]]
    while link := answer.json.get("@nextLink"):
        url = URL(link, encoded=True)
        answer = await client.call("GET", url.raw_path_qs, **kwargs)
        assert answer.status == 200, answer.body
        pages.append(answer.json["value"])
    return pages


ORDERS = [
    "id",
    "id desc",
    "numLinks",
    "numLinks desc",
    "fileType",
    "fileType desc",
    "title,createdOn desc",
    "fileType desc,title,reference desc",
    "uid",
    "originalUrl",
    "thumbnailUrl desc",
    "sha256",
    "createdOn desc,modifiedOn",
]


@pytest.mark.parametrize("order", ORDERS)
async def test_next_links_lead_through_everything_once_in_order(
    library: Client, order: str
) -> None:
    pages = await walk(library, f"$orderby={quote(order)}&$select=*,uid,title,sha256")
    assert [len(page) for page in pages] == [100, 100, 57]
    rows = [row for page in pages for row in page]
    assert len({row["id"] for row in rows}) == SIZE
    assert rows == _sorted(rows, order)


async def test_long_texts_lead_on_to_the_end(client: Client, postgres: Connection) -> None:
    await fill(client, postgres, 5)
    await postgres.execute(
        "UPDATE images SET title = repeat('\U0001f600', 9990) || id, alt = title,"
        " caption = CASE WHEN id % 2 = 0 THEN repeat('a', 9990) || id END"
    )
    for order in ("caption", "title desc,alt,caption desc"):
        pages = await walk(client, f"$orderby={quote(order)}", headers={"Prefer": "maxpagesize=2"})
        assert [len(page) for page in pages] == [2, 2, 1]
        assert len({row["id"] for page in pages for row in page}) == len(range(5))


def _sorted(rows: list[dict[str, Any]], order: str) -> list[dict[str, Any]]:
    """Sort as OData does: nulls first ascending; ties by id in the direction of the last key."""
    keys = [(part.split()[0], part.endswith(" desc")) for part in order.split(",")]
    for name, descends in reversed([*keys, ("id", keys[-1][1])]):
        rows = sorted(rows, key=lambda row: _key(row[name]), reverse=descends)
    return rows


def _key(value: Any) -> tuple[bool, Any]:
    return (value is not None, value if value is not None else 0)


async def test_pages_stay_whole_while_images_come_and_go(library: Client) -> None:
    first = await ask(library, "$orderby=reference&$select=reference")
    await library.put("0-before.jpg", b"sorted before what was seen")
    seen = [row["reference"] for row in first.json["value"]]
    renamed = await library.call("PATCH", path_to(seen[0]), json={"reference": "zzz-renamed.jpg"})
    assert renamed.status == 200
    rest = await walk(library, URL(first.json["@nextLink"], encoded=True).raw_query_string)
    later = [row["reference"] for page in rest for row in page]
    assert not set(seen) & set(later)
    assert len(seen) + len(later) == SIZE + 1


async def test_the_filter_goes_with_the_next_link(library: Client) -> None:
    query = "$filter=" + quote("numLinks lt 3 and contains(reference,'image')") + "&$count=true"
    pages = await walk(library, query, headers={"Prefer": "odata.maxpagesize=7"})
    rows = [row for page in pages for row in page]
    total = (await ask(library, query)).json["@count"]
    assert len(rows) == total
    assert all(row["numLinks"] < 3 for row in rows)
    assert {len(page) for page in pages[:-1]} == {7}


async def test_aliases_stand_for_literals_and_go_with_the_next_link(library: Client) -> None:
    plain = await walk(library, "$filter=numLinks%20gt%201%20and%20title%20eq%20null")
    query = "$filter=numLinks%20gt%20@least%20and%20title%20in%20(@none)&@least=1&@unused='x'"
    assert await walk(library, query) == plain
    for wrong in ("title", "1%20add%201", "'1", ""):
        answer = await library.call("GET", f"/images?$filter=id%20eq%20@p&@p={wrong}")
        assert_problem(answer, 400, "validation", "@p")
    often = " or ".join(["title eq @p"] * 9)
    answer = await library.call("GET", f"/images?$filter={quote(often)}&@p='{'x' * 1000}'")
    assert "aliases have more than 8192 characters" in answer.json["detail"]


async def test_top_bounds_the_result_and_ends_it(library: Client) -> None:
    answer = await ask(library, "$top=10", headers={"Prefer": "maxpagesize=3"})
    assert len(answer.json["value"]) == 10
    assert "@nextLink" not in answer.json
    assert "Preference-Applied" not in answer.headers


async def test_a_preferred_page_size_is_applied_and_said(library: Client) -> None:
    for preference, applied, length in (
        ("odata.maxpagesize=5", "odata.maxpagesize=5", 5),
        ("maxpagesize=5", "maxpagesize=5", 5),
        ('respond-async, odata.maxpagesize="5"', "odata.maxpagesize=5", 5),
        ("odata.maxpagesize=5000", "odata.maxpagesize=100", 100),
        ("odata.maxpagesize=0", None, 100),
        ("odata.maxpagesize=many", None, 100),
    ):
        answer = await ask(library, "", headers={"Prefer": preference})
        assert len(answer.json["value"]) == length, preference
        assert answer.headers.get("Preference-Applied") == applied, preference


def test_preferences_may_come_in_several_lines() -> None:
    lines = CIMultiDict([("Prefer", "respond-async"), ("Prefer", "maxpagesize=5")])
    assert preferred(lines) == ("maxpagesize=5", 5)


async def test_skip_goes_on_by_key(library: Client) -> None:
    pages = await walk(library, "$skip=150&$orderby=id")
    assert [len(page) for page in pages] == [100, 7]


async def test_far_skips_are_refused_with_the_way_on(library: Client) -> None:
    for query in ("$skip=99999&$top=2", "$skip=100001"):
        answer = await library.call("GET", f"/images?{query}")
        assert_problem(answer, 400, "validation", "$skip")
    assert "@nextLink" in (await library.call("GET", "/images?$skip=99999&$top=2")).json["detail"]


async def test_a_token_of_another_order_is_refused(library: Client) -> None:
    link = URL((await ask(library, "$orderby=id")).json["@nextLink"], encoded=True)
    token = link.query["$skiptoken"]
    answer = await library.call("GET", f"/images?$orderby=reference&$skiptoken={token}")
    assert_problem(answer, 400, "validation", "$skiptoken")
    answer = await library.call("GET", f"/images?$skip=1&$skiptoken={token}")
    assert_problem(answer, 400, "validation", "$skip")


async def test_a_forged_token_is_refused(library: Client) -> None:
    link = URL((await ask(library, "$orderby=createdOn")).json["@nextLink"], encoded=True)
    token = link.query["$skiptoken"]
    signature, moment, key = orjson.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    others = [[signature, moment, key + 1], [signature, moment, None], ["", moment, key]]
    others += [[signature, "2024-01-01", key], [signature, moment], [None, moment, key]]
    forged = [urlsafe_b64encode(orjson.dumps(each)).decode().rstrip("=") for each in others]
    for each in [*forged, token[:-1], token[1:], token + "A", token[:12]]:
        answer = await library.call("GET", f"/images?$orderby=createdOn&$skiptoken={each}")
        assert_problem(answer, 400, "validation", "$skiptoken")


async def test_a_token_serves_the_list_that_it_was_made_for_alone(library: Client) -> None:
    query = "$filter=id+gt+@least&@least=1&$search=NOT+nowhere"
    link = (await ask(library, query)).json["@nextLink"]
    token = URL(link, encoded=True).query["$skiptoken"]
    again = await ask(
        library, f"@least=1&search=NOT+nowhere&$select=id&filter=id+gt+@least&skiptoken={token}"
    )
    assert again.json["value"]
    for other in (
        "$filter=id+gt+@least&@least=2&$search=NOT+nowhere",
        "$filter=id+ge+@least&@least=1&$search=NOT+nowhere",
        "$filter=id+gt+@least&@least=1&$search=NOT+elsewhere",
        "$filter=id+gt+@least&@least=1",
        f"{query}&deleted=true",
        "",
    ):
        answer = await library.call("GET", f"/images?{other}&$skiptoken={token}")
        assert_problem(answer, 400, "validation", "$skiptoken")


async def test_counts_are_exact_and_on_their_own(library: Client) -> None:
    assert (await ask(library, "$count=true&$top=0")).json == {"@count": SIZE, "value": []}
    assert "@count" not in (await ask(library, "$count=false&$top=0")).json
    answer = await library.call("GET", "/images/$count")
    assert (answer.status, answer.body) == (200, str(SIZE).encode())
    assert answer.headers["Content-Type"].startswith("text/plain")
    few = await library.call("GET", "/images/$count?$filter=" + quote("numLinks eq 2"))
    assert 0 < int(few.body) < SIZE


async def test_options_have_any_case_and_need_no_dollar(library: Client) -> None:
    answer = await ask(library, "TOP=2&$OrderBy=id+desc&Select=id&FILTER=" + quote("id gt 0"))
    assert [list(row) for row in answer.json["value"]] == [["id"], ["id"]]
    answer = await library.call("GET", "/images?top=1&$top=1")
    assert_problem(answer, 400, "validation", "$top")


async def test_every_answer_says_its_version_and_its_dialect(library: Client) -> None:
    plain = await ask(library, "$top=1")
    assert plain.headers["OData-Version"] == "4.01"
    assert plain.headers["Content-Type"] == "application/json;odata.metadata=none"
    for query, headers in (
        ("", {"OData-MaxVersion": "4.0"}),
        ("", {"Accept": "application/json;odata.metadata=minimal"}),
        ("&$format=" + quote("application/json;odata.metadata=minimal"), {}),
    ):
        answer = await ask(library, "$count=true" + query, headers=headers)
        assert "odata.metadata=minimal" in answer.headers["Content-Type"]
        assert answer.headers["OData-Version"] == (
            "4.0" if "OData-MaxVersion" in headers else "4.01"
        )
        assert answer.json["@odata.context"].endswith("/$metadata#images")
        assert answer.json["@odata.count"] == SIZE
        assert "$skiptoken=" in answer.json["@odata.nextLink"]
        assert answer.json["value"][0]["createdOn"].endswith("Z")
    answer = await library.call("GET", "/images", headers={"OData-MaxVersion": "3.0"})
    assert_problem(answer, 400, "validation", "OData-MaxVersion")


async def test_one_image_speaks_the_same_dialects(library: Client) -> None:
    answer = await library.get("image-0001.jpg", headers={"OData-MaxVersion": "4.0"})
    assert answer.json["@odata.context"].endswith("/$metadata#images/$entity")
    assert answer.json["modifiedOn"].endswith("Z")
    plain = await library.get("image-0001.jpg")
    assert plain.headers["ETag"] != answer.headers["ETag"]
    assert plain.headers["OData-Version"] == "4.01"


async def test_a_time_of_an_answer_finds_its_image(library: Client) -> None:
    for row in (await ask(library, "$top=5")).json["value"]:
        for field in ("createdOn", "modifiedOn"):
            query = "$filter=" + quote(f"{field} eq {row[field]}") + "&$select=id"
            assert {"id": row["id"]} in (await ask(library, query)).json["value"]


async def test_the_list_shows_what_one_image_shows(library: Client) -> None:
    names = "*,uid,revision,statusReason,statusDetail,attempts,contentType,sha256,md5,title,gravity"
    names += ",placeholder,dominantColor"
    for row in (await ask(library, f"$select={names}&$orderby=reference&$top=20")).json["value"]:
        alone = await library.get(row["reference"], f"?$select={names}")
        assert alone.json == row


@pytest.mark.parametrize(
    ("limit", "value"), [("EXACT_TOTAL", 100), ("COUNTING_S", 1e-9)], ids=["many", "slow"]
)
async def test_what_is_not_counted_is_estimated_and_says_so(
    limit: str, value: float, library: Client, monkeypatch: pytest.MonkeyPatch, postgres: Connection
) -> None:
    await postgres.execute("ANALYZE images")
    for module in (listing, pages):
        monkeypatch.setattr(module, limit, value, raising=False)
    answer = (await ask(library, "$count=true&$top=1")).json
    assert answer["@fototeca.countIsEstimate"] is True
    assert SIZE / 2 < answer["@count"] < SIZE * 2
    plain = await library.call("GET", "/images/$count")
    assert plain.headers["Fototeca-Count-Is-Estimate"] == "true"
    assert int(plain.body) == answer["@count"]


async def test_slow_lists_of_a_tenant_leave_places_to_others(library: Client) -> None:
    other = await make_client(library.service, "other", Role.READER)
    filtered = "/images?$filter=numLinks%20ge%200&$count=true"
    lists = library.service.library.database.lists
    assert isinstance(lists, pages.PageReader)
    async with AsyncExitStack() as held:
        for _ in range(pages.EACH_TENANT):
            await held.enter_async_context(lists.places.of(library.tenant.id))
        waiting = asyncio.create_task(library.call("GET", filtered))
        assert (await other.call("GET", filtered)).status == 200
        assert len((await ask(library, "$top=2")).json["value"]) == 2
        assert not waiting.done()
    assert (await waiting).json["@count"] == SIZE


async def test_a_page_that_takes_too_long_says_how_to_narrow_it_and_leaves_its_place(
    client: Client, postgres: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(client, postgres, 3)
    query = "/images?$filter=contains(reference,'image')&$orderby=title"
    monkeypatch.setattr(pages, "LONGEST_S", 0.1)
    await postgres.execute("BEGIN; LOCK TABLE images IN ACCESS EXCLUSIVE MODE")
    for _ in range(pages.LIST_CONNECTIONS + 1):
        refused = await client.call("GET", query)
        assert_problem(refused, 503, "unavailable")
        assert "Narrow it" in refused.json["detail"]
        assert refused.headers["Retry-After"] == "5"
    await postgres.execute("ROLLBACK")
    monkeypatch.undo()
    assert len((await ask(client, query.removeprefix("/images?"))).json["value"]) == 3
