"""Lists without a filter walk an index: no page of theirs sorts what a tenant has."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from api.dam.schema import SCALARS
from shared.db.indexes import INDEXED
from shared.db.listing import ordered_sql
from shared.db.pages import WALK_SESSION
from shared.domain.order import with_tie_breaker
from shared.usecases.lists_ports import DocumentField, PageQuery, Selection
from tests.client import Client, Connection
from tests.library import fill

FIELDS = [DocumentField("id", "id"), DocumentField("title", "title")]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


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
    explained = await postgres.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *args)
    plan = orjson.loads(explained)[0]["Plan"]
    (limited,) = (node for node in nodes(plan) if node["Node Type"] == "Limit")
    assert [node["Node Type"] for node in nodes(limited)] == ["Limit", "Index Scan"], explained
