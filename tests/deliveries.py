"""A worker's deliveries to webhooks, quick to try again, and what is shown of them."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from shared.usecases.webhooks.delivery import RetryPolicy
from tests.client import (
    Client,
)
from worker.relay import relaying
from worker.rounds import begun
from worker.settings import Parts
from worker.webhooks import delivering as deliveries

QUICK = RetryPolicy(first_s=0.1, longest_s=0.2)

MANY = """
INSERT INTO outbox (tenant_id, type, image_id, data)
SELECT $1, 'image.updated', n % $3, jsonb_build_object('id', n % $3)
FROM generate_series(1, $2::int) AS n
"""


@asynccontextmanager
async def delivering(parts: Parts, retries: RetryPolicy = QUICK) -> AsyncIterator[None]:
    """Run relay and deliveries of a worker, which is killed at the end."""
    deliverer = replace(parts.deliverer, retries=retries)
    async with begun([*relaying(parts.relay), *deliveries(deliverer)]):
        yield


async def shown_at(client: Client, path: str) -> dict[str, Any]:
    shown: dict[str, Any] = (await client.call("GET", path)).json
    return shown


def by_image(events: Iterable[dict[str, Any]]) -> dict[int, list[int]]:
    lanes = defaultdict(list)
    for event in events:
        lanes[event["data"]["id"]].append(event["seq"])
    return lanes
