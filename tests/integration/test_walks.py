"""Lists read no more than they must: an index in its order, or no more of one than is asked for."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from typing import Any, cast

import asyncpg
import orjson
import pytest

from api.dam.odata.filter import parse_filter
from api.dam.odata.search import parse_search
from api.dam.schema import SCALARS
from shared.db import outlook
from shared.db.bands import banded_sql
from shared.db.executor import Borrow, Executor
from shared.db.indexes import INDEXED
from shared.db.listing import gathered_sql, ordered_sql, window_sql
from shared.db.outlook import ALL, Guess, Outlook
from shared.db.pages import WALK_SESSION, PageReader
from shared.db.patterns import has_trigram
from shared.db.shares import Share, ShareReader
from shared.domain.order import with_tie_breaker
from shared.usecases.lists_ports import DocumentField, PageQuery, Selection
from tests.client import Client, Connection
from tests.library import fill

FIELDS = [DocumentField("id", "id"), DocumentField("title", "title")]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


async def explained(postgres: Connection, statement: str, args: list[object]) -> dict[str, Any]:
    text = await postgres.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *args)
    plan: dict[str, Any] = orjson.loads(text)[0]["Plan"]
    return plan


def filtered(text: str, order: str) -> PageQuery:
    (column,) = (column for column in SCALARS.values() if column.name == order)
    keys = with_tie_breaker([(column, True)])
    return PageQuery(Selection(parse_filter(text, SCALARS)), FIELDS, keys, limit=5)


@pytest.mark.parametrize("name", sorted(INDEXED))
@pytest.mark.parametrize("direction", ["ascending", "descending"])
async def test_an_indexed_order_walks_its_index(
    name: str, direction: str, client: Client, postgres: Connection
) -> None:
    await fill(client, postgres, 500)
    await postgres.execute("ANALYZE images")
    (column,) = {column for column in SCALARS.values() if column.name == name}
    order = with_tie_breaker([(column, direction == "descending")], ("id", "reference"))
    query = PageQuery(Selection(None), FIELDS, order, limit=5)
    statement, args = ordered_sql(client.tenant.id, query, "")
    for setting, value in WALK_SESSION.items():
        await postgres.execute(f"SET {setting} = {value}")
    plan = await explained(postgres, statement, args)
    (limited,) = (node for node in nodes(plan) if node["Node Type"] == "Limit")
    assert [node["Node Type"] for node in nodes(limited)] == ["Limit", "Index Scan"], plan


async def test_a_filter_that_the_order_index_answers_reads_no_image(
    client: Client, postgres: Connection
) -> None:
    await fill(client, postgres, 500)
    await postgres.execute("VACUUM ANALYZE images")
    query = filtered("status eq 'Ok' and fileType ne 'gif' and sizeInBytes gt 7", "num_links")
    plan = await explained(postgres, *window_sql(client.tenant.id, query, "", 400))
    assert "Index Only Scan" in [node["Node Type"] for node in nodes(plan)], plan


@pytest.mark.parametrize("is_large", [True, False])
async def test_only_a_small_tenant_is_looked_up_with_what_it_looks_for(
    client: Client, postgres: Connection, *, is_large: bool
) -> None:
    await fill(client, postgres, 500)
    await postgres.execute("ANALYZE images")
    query = filtered("contains(reference, 'nothing')", "num_links")
    await postgres.execute("SET cpu_tuple_cost = 1000")  # as if there were many images
    statement, args = gathered_sql(client.tenant.id, query, "", 9, is_large=is_large)
    plan = await explained(postgres, statement, args)
    (found,) = (n for n in nodes(plan) if n.get("Index Name") == "images_reference_parts")
    assert ("tenant_id" in found["Index Cond"]) is not is_large, plan


@pytest.mark.parametrize(
    ("order", "by_days", "asked"),
    [
        ("created_on", False, ["'30 days'"]),
        ("created_on", True, ["'30 days'", "'1 day'"]),
        ("num_links", False, ["num_links"]),
        ("size_in_bytes", False, ["size_in_bytes"]),
    ],
)
async def test_the_filters_index_is_asked_for_bands_of_the_order(
    order: str, asked: list[str], client: Client, postgres: Connection, *, by_days: bool
) -> None:
    await fill(client, postgres, 500)
    await postgres.execute("ANALYZE images")
    query = filtered("tags/any(t: t eq 'red') and contains(reference, 'café')", order)
    await postgres.execute("SET cpu_tuple_cost = 1000")  # as if there were many images
    statement, args = banded_sql(client.tenant.id, query, "", is_large=True, by_days=by_days)
    plan = await explained(postgres, statement, args)
    looks = [n["Index Cond"] for n in nodes(plan) if n["Node Type"] == "Bitmap Index Scan"]
    assert [band for look in looks for band in asked if band in look] == asked, plan


async def test_several_words_are_looked_up_together_and_each_by_itself(
    client: Client, postgres: Connection
) -> None:
    await fill(client, postgres, 500)
    await postgres.execute("ANALYZE images")
    await postgres.execute("SET cpu_tuple_cost = 1000")  # as if there were many images
    for wanted, index, each in (
        (parse_search('red "shoe left"'), "images_search", ["'red'", "'shoe'", "'left'"]),
        (
            parse_filter("contains(reference, 'image-0004')", SCALARS),
            "images_reference_parts",
            ["%000%", "%ima%", "%004%", "%age%"],
        ),
    ):
        query = replace(filtered("id eq 1", "num_links"), selection=Selection(wanted))
        statement, args = gathered_sql(client.tenant.id, query, "", 9, is_large=True)
        plan = await explained(postgres, statement, args)
        (look,) = (node for node in nodes(plan) if node.get("Index Name") == index)
        assert [word for word in each if word in look["Index Cond"]] == each, plan
        assert look["Index Cond"].count(" AND ") == len(each) - 1, plan


async def test_how_names_begin_is_asked_of_months_and_how_they_end_of_names_backwards(
    client: Client, postgres: Connection
) -> None:
    await fill(client, postgres, 500)
    await postgres.execute("ANALYZE images")
    beginnings = filtered("startswith(reference, 'café')", "created_on")
    plan = await explained(postgres, *banded_sql(client.tenant.id, beginnings, "", is_large=True))
    assert "images_beginnings" in [node.get("Index Name") for node in nodes(plan)], plan
    endings = filtered("endswith(reference, '77.jpg')", "num_links")
    await postgres.execute("SET enable_seqscan = off")
    plan = await explained(postgres, *gathered_sql(client.tenant.id, endings, "", 9))
    assert "images_endings" in [node.get("Index Name") for node in nodes(plan)], plan


async def test_how_names_begin_in_small_letters_is_asked_of_their_parts(
    client: Client, postgres: Connection
) -> None:
    await fill(client, postgres, 500)
    await postgres.execute("ANALYZE images")
    await postgres.execute("SET cpu_tuple_cost = 1000")  # as if there were many images
    for function, part in (("tolower", "stra"), ("toupper", "STRA")):
        query = filtered(f"startswith({function}(reference), '{part}')", "num_links")
        plan = await explained(postgres, *banded_sql(client.tenant.id, query, "", is_large=True))
        (found,) = (n for n in nodes(plan) if n.get("Index Name") == "images_reference_parts")
        assert "reference" in found["Index Cond"], plan


async def test_what_an_index_has_is_gathered_without_reading_images(
    client: Client, postgres: Connection
) -> None:
    await fill(client, postgres, 500)
    await postgres.execute("VACUUM ANALYZE images")
    await postgres.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
    query = filtered("createdOn gt 2000-01-01T00:00:00Z", "id")
    plan = await explained(postgres, *gathered_sql(client.tenant.id, query, "", None))
    assert "Index Only Scan" in [node["Node Type"] for node in nodes(plan)], plan


async def test_shares_are_those_of_the_tenants(client: Client, postgres: Connection) -> None:
    await fill(client, postgres, 500)
    await postgres.execute("ANALYZE images")
    shares = ShareReader(cast("Borrow", lambda: nullcontext(postgres)))
    assert (await shares.share_of(client.tenant.id)).is_large
    assert not (await shares.share_of(client.tenant.id + 10_000)).is_large


class Heard(Executor):
    """Tells what is asked of Postgres."""

    def __init__(self, borrow: Borrow) -> None:
        super().__init__(borrow)
        self.asked: list[str] = []

    async def rows_of(
        self, sql: str, *args: Any, timeout_s: float | None = None
    ) -> list[asyncpg.Record]:
        """See `Executor`."""
        self.asked.append(sql)
        return await super().rows_of(sql, *args, timeout_s=timeout_s)


def reader_on(postgres: Connection) -> tuple[PageReader, list[str]]:
    """Return a reader of lists, and the windows that it asks for."""
    borrow = cast("Borrow", lambda: nullcontext(postgres))
    windows = Heard(borrow)
    return PageReader(borrow, Executor(borrow), windows), windows.asked


@pytest.mark.parametrize(
    ("text", "walks"),
    [
        ("contains(reference,'zq')", True),
        ("numLinks ne 1 and length(reference) gt 30", True),
        ("reference in ('a','b')", False),
        ("reference eq 'a' or reference eq 'b'", False),
        ("reference gt 'zz'", False),
        ("startswith(reference,'zz') and numLinks gt 1", False),
        ("status eq 'Vd' and contains(reference,'zq')", False),
    ],
)
async def test_all_names_are_walked_only_where_no_index_finds_some(
    text: str, client: Client, postgres: Connection, *, walks: bool
) -> None:
    await fill(client, postgres, 500)
    await postgres.execute("ANALYZE images")
    reader, windows = reader_on(postgres)
    await reader.page(client.tenant.id, filtered(text, "created_on"), "")
    assert [f"LIMIT {ALL})" in asked for asked in windows].count(True) == walks, windows


async def test_the_last_page_of_a_list_does_not_teach_that_few_pass(
    client: Client, postgres: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(client, postgres, 500)
    await postgres.execute("ANALYZE images")
    for name, bound in {"WINDOWS": (100, 300), "FEWEST": 0, "FEW": 0, "SOME": 0}.items():
        monkeypatch.setattr(outlook, name, bound)
    reader, windows = reader_on(postgres)
    query = filtered("tags/any(t: t eq 'red') and width gt 1", "created_on")
    first = await reader.page(client.tenant.id, query, "")
    ways, before = list(windows), first.last
    while before is not None:
        before = (await reader.page(client.tenant.id, replace(query, after=before), "")).last
    windows.clear()
    assert await reader.page(client.tenant.id, query, "") == first
    assert windows == ways != []


def test_what_begins_with_two_letters_is_looked_for_in_its_order() -> None:
    """Bands do not know it, and to gather all takes long."""
    query = filtered("startswith(reference,'ri')", "created_on")
    guess = Guess(rows=276_000, is_seen=False, most=276_000)
    assert Outlook(query, Share(0.9, 9_000_000), guess, 9_000_000).windows


def test_months_are_full_where_many_were_expected_though_few_were_seen() -> None:
    query = filtered("tags/any(t: t eq 'red')", "created_on")
    guess = Guess(rows=2_000, is_seen=True, most=800_000)
    assert Outlook(query, Share(0.9, 9_000_000), guess, 9_000_000).has_full_months


@pytest.mark.parametrize(
    ("part", "is_known"),
    [("abc", True), ("a-b", True), ("ñ--", False), ("²²²", False), ("абв", False), ("ñan", True)],
)
async def test_an_index_is_asked_for_parts_that_it_knows(
    part: str, postgres: Connection, *, is_known: bool
) -> None:
    assert has_trigram(part) is is_known
    assert not is_known or await postgres.fetchval("SELECT show_trgm($1) <> '{}'", part)
