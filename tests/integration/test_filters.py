"""Postgres selects the rows that a plain evaluator of the same filter selects."""

import re
import string
import unicodedata
from random import Random
from typing import Any
from unittest.mock import AsyncMock
from urllib.parse import quote
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from api.dam.odata.filter import parse_filter
from api.dam.schema import SCALARS
from api.urls import url_of
from shared.db import outlook, pages
from shared.db.bands import banded_sql
from shared.db.database import PostgresDatabase
from shared.db.indexes import BANDS
from shared.db.patterns import any_case
from shared.db.records import image_from
from shared.db.shares import Share, ShareReader
from shared.domain.errors import InvalidInputError
from shared.domain.expression import Type
from shared.domain.order import with_tie_breaker
from shared.usecases.lists_ports import DocumentField, PageQuery, Selection
from tests.client import Client, Connection
from tests.library import fill
from tests.unit.odata.evaluate import evaluate
from tests.unit.odata.generate import filters
from tests.unit.odata.literal_texts import SAMPLES
from tests.ways import statements

BASE = "http://cdn.example/cdn/"
SIZE = 60
FIELDS = [DocumentField("id", "id")]
CATEGORIES = [str(UUID(int=number)) for number in (1, 2, 2**127)]
SHELVES: dict[str, tuple[list[dict[str, Any]], Any]] = {}


async def shelf(client: Client, postgres: Connection) -> tuple[list[dict[str, Any]], Any]:
    """Return the rows as the evaluator sees them, and literals that some of them equal.

    All examples of a test share a database, which is filled once.
    """
    if client.key not in SHELVES:
        SHELVES[client.key] = await _filled(client, postgres)
    return SHELVES[client.key]


async def _filled(client: Client, postgres: Connection) -> tuple[list[dict[str, Any]], Any]:
    await fill(client, postgres, SIZE)
    filed = await _file(client.tenant.id, postgres)
    images = [image_from(row) for row in await postgres.fetch("SELECT * FROM images ORDER BY id")]
    rows = [
        {column.name: _value(image, column.name) for column in SCALARS.values()} for image in images
    ]
    for row, image in zip(rows, images, strict=True):
        row["tags"] = list(image.tags)
        row["categories"] = filed[image.id]
    literals = {kind: _literals(kind, rows) for kind in SAMPLES}
    literals[Type.STRING] += CATEGORIES
    return rows, literals


async def _file(tenant_id: int, postgres: Connection) -> dict[int, list[str]]:
    """File images in categories, of which the last is deleted; return what each has."""
    deleted = CATEGORIES[-1]
    await postgres.executemany(
        "INSERT INTO categories (tenant_id, id, position, is_archived) VALUES ($1, $2, 0, FALSE)",
        [(tenant_id, UUID(each)) for each in CATEGORIES],
    )
    await postgres.execute(
        "UPDATE categories SET deleted_at = now(), deleted_with = id WHERE id = $1", UUID(deleted)
    )
    filed: dict[int, list[str]] = {}
    for (image_id,) in await postgres.fetch("SELECT id FROM images"):
        some = Random(image_id).sample(CATEGORIES, image_id % 4)
        filed[image_id] = [each for each in some if each != deleted]
        await postgres.executemany(
            "INSERT INTO image_categories (tenant_id, category_id, image_id) VALUES ($1, $2, $3)",
            [(tenant_id, UUID(each), image_id) for each in some],
        )
    return filed


def _value(image: Any, attribute: str) -> Any:
    if attribute.endswith("_url"):
        return url_of(getattr(image, attribute.removesuffix("url") + "key"), BASE)
    value = getattr(image, attribute)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, UUID):
        return UUID(value.hex)
    return str(value) if isinstance(value, str) else value


def _literals(kind: Type, rows: list[dict[str, Any]]) -> list[Any]:
    columns = [column.name for column in SCALARS.values() if column.type is kind]
    known = {row[name] for row in rows[:12] for name in columns} - {None}
    return [*SAMPLES[kind], *sorted(known, key=str)]


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_rows_are_those_of_the_evaluator(
    client: Client, postgres: Connection, data: st.DataObject
) -> None:
    rows, literals = await shelf(client, postgres)
    text = data.draw(filters(SCALARS, literals))
    node = parse_filter(text, SCALARS)
    expected = [row["id"] for row in rows if evaluate(node, row) is True]
    database = client.service.library.database
    assert isinstance(database, PostgresDatabase)
    query = PageQuery(Selection(node), FIELDS, with_tie_breaker([]), limit=1000)
    for statement in statements(client.tenant.id, query, BASE, SIZE):
        try:
            (found,) = await database.lists.read(*statement)
        except InvalidInputError:
            assume(False)  # a calculation left SQL's range, which is answered so
        documents = orjson.loads(f"[{found['documents'] or ''}]")
        assert [document["id"] for document in documents] == expected, text
        assert found["found"] == len(expected)


async def test_the_first_and_the_last_day_are_days(client: Client) -> None:
    await client.put("one.jpg", b"bytes")
    for text in (
        "year(0001-01-01) eq 1 and month(9999-12-31) eq 12",
        "date(0001-01-01T00:00:00Z) eq 0001-01-01 and year(0001-01-01T00:00:00Z) eq 1",
        "date(9999-12-31T00:00:00Z) in (9999-12-31) and 0001-01-01 in (0001-01-01)",
    ):
        answer = await client.call("GET", f"/images/$count?$filter={quote(text)}")
        assert (answer.status, answer.body) == (200, b"1"), text


async def test_a_name_begins_so_in_small_letters_whatever_its_capitals_are(client: Client) -> None:
    for name in ("İstanbul.jpg", "ISTANBUL.jpg", "Ankara-istanbul.jpg"):
        await client.put(name, b"bytes")
    for part in ("i", "ist", "istanbul"):
        text = f"startswith(tolower(reference), '{part}')"
        answer = await client.call("GET", f"/images/$count?$filter={quote(text)}")
        assert (answer.status, answer.body) == (200, b"2"), text


async def test_letters_of_every_script_are_found_in_either_case(postgres: Connection) -> None:
    pairs = await postgres.fetch(
        "SELECT letter, changed FROM (SELECT chr(n) AS letter, unnest(ARRAY[lower(chr(n)),"
        " upper(chr(n))]) AS changed FROM generate_series(32, 125251) AS n"
        " WHERE n NOT BETWEEN 55296 AND 57343) AS pairs WHERE letter <> changed"
    )
    known = [pair for pair in pairs if "Cn" not in map(unicodedata.category, pair)]
    assert len(known) > len(string.ascii_letters)
    for letter, changed in known:
        assert re.fullmatch(any_case(changed), letter), (letter, changed)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_each_way_gives_the_same_page(
    client: Client, postgres: Connection, data: st.DataObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With windows so small that sixty rows need every way to a page, whatever is guessed."""
    bounds = {
        "WINDOWS": (3, 9),
        "NAMED_WINDOWS": (3, 9),
        "SAMPLE": 5,
        "LAST_WINDOW": 20,
        "FEWEST": data.draw(st.sampled_from([0, 100])),
        "FEW": data.draw(st.sampled_from([0, 100])),
        "SOME": data.draw(st.sampled_from([2, 8, 100])),
        "MANY": data.draw(st.sampled_from([0, 100])),
        "MORE": data.draw(st.sampled_from([0, 100])),
    }
    for name, bound in bounds.items():
        monkeypatch.setattr(outlook, name, bound)
        if hasattr(pages, name):
            monkeypatch.setattr(pages, name, bound)
    share = Share(data.draw(st.sampled_from([0.01, 1.0])), data.draw(st.sampled_from([0, 8, 60])))
    monkeypatch.setattr(ShareReader, "share_of", AsyncMock(return_value=share))
    rows, literals = await shelf(client, postgres)
    text = data.draw(filters(SCALARS, literals))
    node = parse_filter(text, SCALARS)
    column = data.draw(st.sampled_from(list(SCALARS.values())))
    descends, limit, skip = data.draw(
        st.tuples(st.booleans(), st.integers(1, 9), st.integers(0, 4))
    )
    order = with_tie_breaker([(column, descends)])
    expected = [row for row in rows if evaluate(node, row) is True]
    expected.sort(key=lambda row: row["id"], reverse=descends)
    expected.sort(key=lambda row: _sortable(row[column.name]), reverse=descends)
    database = client.service.library.database
    try:
        page = await database.lists.page(
            client.tenant.id, PageQuery(Selection(node), FIELDS, order, limit, skip), BASE
        )
    except InvalidInputError:
        assume(False)  # a calculation left SQL's range, which is answered so
    shown = [document["id"] for document in orjson.loads(f"[{page.documents}]")]
    assert shown == [row["id"] for row in expected[skip : skip + limit]], text
    assert (page.last is not None) == (len(expected) > skip + limit)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_bands_in_their_order_give_the_same_page(
    client: Client, postgres: Connection, data: st.DataObject
) -> None:
    rows, literals = await shelf(client, postgres)
    text = data.draw(filters(SCALARS, literals))
    node = parse_filter(text, SCALARS)
    descends, limit, skip = data.draw(
        st.tuples(st.booleans(), st.integers(1, 70), st.integers(0, 4))
    )
    name = data.draw(st.sampled_from(sorted(BANDS)))
    (column,) = (column for column in SCALARS.values() if column.name == name)
    order = with_tie_breaker([(column, descends)])
    listed = sorted(rows, key=lambda row: (row[name], row["id"]), reverse=descends)
    seen = data.draw(st.integers(0, len(rows) - 1))
    after = [listed[seen - 1][column.name] for column, _ in order] if seen else None
    expected = [row["id"] for row in listed[seen:] if evaluate(node, row) is True]
    query = PageQuery(Selection(node), FIELDS, order, limit, skip, after)
    database = client.service.library.database
    assert isinstance(database, PostgresDatabase)
    is_large = data.draw(st.booleans())
    by_days = name == "created_on" and data.draw(st.booleans())
    try:
        (found,) = await database.lists.read(
            *banded_sql(client.tenant.id, query, BASE, is_large=is_large, by_days=by_days)
        )
    except InvalidInputError:
        assume(False)  # a calculation left SQL's range, which is answered so
    shown = [document["id"] for document in orjson.loads(f"[{found['documents'] or ''}]")]
    assert shown == expected[skip : skip + limit + 1], text


def _sortable(value: Any) -> tuple[bool, Any]:
    """Sort nulls before everything, and strings by code point."""
    return (value is not None, value)
