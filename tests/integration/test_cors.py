"""Pages of other origins: those that were named may call the API from a browser."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from api.idempotency import REPLAYED
from shared.domain.image import Role
from shared.settings import Settings
from tests.bucket import Bucket
from tests.client import Client, make_client, running_service

PAGE = "https://shop.example"


@pytest.fixture
async def shared(settings: Settings, bucket: Bucket) -> AsyncIterator[Client]:
    assert bucket.name == settings.s3_bucket
    origins = {"cors_origins": f"{PAGE}, http://localhost:3000"}
    async with running_service(settings.model_copy(update=origins)) as service:
        yield await make_client(service, "demo", Role.ADMIN)


def preflight(origin: str, method: str) -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "content-type,x-api-key",
    }


@pytest.mark.parametrize("path", ["/images", "/images(a.jpg)/complete", "/nowhere"])
async def test_a_named_origin_may_call(path: str, shared: Client) -> None:
    answer = await shared.call("OPTIONS", path, headers=preflight(PAGE, "POST"))
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert {"content-type", "x-api-key"} <= set(allowed)
    assert "Origin" in ",".join(answer.headers.getall("Vary"))  # type: ignore[attr-defined]


async def test_a_named_origin_reads_answers_and_refusals(shared: Client) -> None:
    for path, status in (("/images", 200), ("/images(none.jpg)", 404)):
        answer = await shared.call("GET", path, headers={"Origin": PAGE})
        assert answer.status == status
        assert answer.headers["Access-Control-Allow-Origin"] == PAGE
        shown = answer.headers["Access-Control-Expose-Headers"].split(", ")
        assert {"ETag", "Location", "Retry-After", REPLAYED} <= set(shown)


async def test_no_other_origin_may(shared: Client, client: Client) -> None:
    for caller, origin in ((shared, "https://evil.example"), (client, PAGE)):
        asked, called = await asyncio.gather(
            caller.call("OPTIONS", "/images", headers=preflight(origin, "POST")),
            caller.call("GET", "/images", headers={"Origin": origin}),
        )
        assert (asked.status, called.status) == (405, 200)
        for answer in (asked, called):
            assert "Access-Control-Allow-Origin" not in answer.headers
