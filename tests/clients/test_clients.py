"""OData clients that others wrote list, filter, count and page to the end."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.client import Client, Connection
from tests.clients.running import run_node, run_python
from tests.library import fill

pytestmark = pytest.mark.timeout(300)  # the first run installs the clients

SIZE = 257
PAGES = 3
TAG = "100%"
SINCE = datetime(2024, 4, 20, 10, tzinfo=UTC)


@pytest.fixture
async def rows(client: Client, postgres: Connection) -> list[dict[str, Any]]:
    """A tenant with so many images that they need three pages."""
    return await fill(client, postgres, SIZE)


def asked_of(client: Client, rows: list[dict[str, Any]]) -> bytes:
    """Return what a client's trial is told."""
    origin = client.service.origin
    return orjson.dumps(
        {"origin": origin, "key": client.key, "quoted": quoted_in(rows), "tag": TAG, "since": SINCE}
    )


def quoted_in(rows: list[dict[str, Any]]) -> str:
    """Return a reference with a quote in it."""
    return next(str(row["reference"]) for row in rows if "'" in row["reference"])


def expected_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what every client must find."""
    since = [row["reference"] for row in rows if row["created_on"] >= SINCE]
    return {
        "all": sorted(row["reference"] for row in rows),
        "quoted": [quoted_in(rows)],
        "tagged": [row["reference"] for row in rows if TAG in row["tags"]],
        "since": since,
        "count": len(since),
        "one": quoted_in(rows),
    }


@pytest.mark.parametrize("script", ["odata_client.cjs", "odata_query.cjs", "o_js.cjs"])
async def test_a_client_from_npm_finds_everything(
    node_modules: Path, client: Client, rows: list[dict[str, Any]], script: str
) -> None:
    found = orjson.loads(await run_node(node_modules, script, asked_of(client, rows)))
    assert found == expected_of(rows) | {"pages": PAGES}


async def test_a_client_in_python_finds_everything(
    python: Path, client: Client, rows: list[dict[str, Any]]
) -> None:
    found = orjson.loads(await run_python(python, "python_odata.py", asked_of(client, rows)))
    tags = next(row["tags"] for row in rows if row["reference"] == quoted_in(rows))
    assert found == expected_of(rows) | {"sameTime": True, "tags": tags}
