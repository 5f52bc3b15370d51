"""Statements that are asked all the time look at what they need, however much there is besides."""

import json
from typing import Any

from shared.db.statements import SQL
from tests.client import Client, Connection
from tests.library import fill

MANY = 100_000


async def _fill_events(postgres: Connection, tenant_id: int) -> None:
    await postgres.execute(
        """
        INSERT INTO events (tenant_id, seq, type, data, occurred_on)
        SELECT $1, number, 'image.updated', '{}', now()
        FROM generate_series(1, $2::bigint) AS number
        """,
        tenant_id,
        MANY,
    )
    await postgres.execute("UPDATE event_heads SET seq = $1", MANY)
    await postgres.execute("ANALYZE events, webhooks")


async def _webhook(client: Client, kind: str) -> str:
    hook = {"url": "https://93.184.215.14/hook", "events": [kind]}
    answer = await client.call("POST", "/webhooks", json=hook)
    assert answer.status == 201, answer.body
    return answer.headers["Location"]


async def _looked_at(postgres: Connection, table: str, statement: str, *args: Any) -> float:
    """Return how many rows of a table a statement looks at."""
    explain = "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + SQL[statement]
    text = await postgres.fetchval(explain, *args)
    return _rows_of(table, json.loads(text)[0]["Plan"])


def _rows_of(table: str, plan: dict[str, Any]) -> float:
    below: float = sum(_rows_of(table, child) for child in plan.get("Plans", ()))
    if plan.get("Relation Name") != table:
        return below
    rows: float = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    loops: int = plan["Actual Loops"]
    return below + rows * loops


async def test_a_webhook_is_not_told_late_because_much_has_happened_before(
    client: Client, postgres: Connection
) -> None:
    path = await _webhook(client, "*")
    await _fill_events(postgres, client.tenant.id)
    await postgres.execute("UPDATE webhooks SET cursor_seq = $1, head_seq = $2", MANY - 5, MANY)
    webhook_id = path.rpartition("/")[2]
    args = (client.tenant.id, webhook_id, 50, "https://cdn/", "", b"", b"")
    assert await _looked_at(postgres, "events", "pending_events", *args) == 5


async def test_what_waits_is_counted_among_so_many_events_and_no_more(
    client: Client, postgres: Connection
) -> None:
    path = await _webhook(client, "image.purged")
    await _fill_events(postgres, client.tenant.id)
    await postgres.execute("UPDATE webhooks SET cursor_seq = 0, head_seq = $1", MANY)
    await postgres.execute(
        "UPDATE events SET type = 'image.purged' WHERE seq = $1 OR seq BETWEEN 1 AND 20", MANY
    )
    assert await _looked_at(postgres, "events", "webhooks_of", client.tenant.id, None) <= 10_000
    assert (await client.call("GET", path)).json["pending"] == 20
    await postgres.execute("UPDATE webhooks SET cursor_seq = 20")
    assert (await client.call("GET", path)).json["pending"] == 1


async def test_fsck_counts_links_once_however_many_one_image_has(
    client: Client, postgres: Connection
) -> None:
    await fill(client, postgres, 100)
    await postgres.execute(
        """
        INSERT INTO links (tenant_id, image_id, provider, id)
        SELECT $1, (SELECT min(id) FROM images), 'cms', number::text
        FROM generate_series(1, $2::integer) AS number
        """,
        client.tenant.id,
        MANY // 10,
    )
    await postgres.execute("ANALYZE links, images")
    looked_at = await _looked_at(postgres, "links", "fsck_images", client.tenant.id, 0, 1000)
    assert looked_at == MANY // 10
