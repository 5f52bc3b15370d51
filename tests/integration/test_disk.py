"""A disk that is nearly full: uploads are refused, reading goes on, the worker waits."""

import pytest
from aiohttp import FormData

from shared.domain.image import Role
from shared.settings import Settings
from tests.backstage import running_worker
from tests.client import Client, eventually, make_client, picture, running_service
from tests.presigned import announce
from worker.settings import Parts, open_parts

FAR_TOO_MUCH = 2**62


@pytest.fixture
def full(settings: Settings) -> Settings:
    """Settings that want more room than any disk has."""
    return settings.model_copy(update={"min_free_bytes": FAR_TOO_MUCH})


async def test_uploads_are_507_reads_go_on_and_it_is_seen(
    client: Client, parts: Parts, full: Settings
) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    async with running_service(full) as service:
        here = await make_client(service, "demo", Role.ADMIN)
        refused = await here.put("b.jpg", picture())
        assert refused.status == 507
        assert refused.json["type"].endswith("/errors/disk-full")
        assert refused.json["limit"] == FAR_TOO_MUCH
        assert refused.json["free"] > 0
        assert refused.headers["Retry-After"]
        form = FormData()
        form.add_field("f", picture(), filename="c.jpg")
        assert (await here.call("POST", "/images", data=form)).status == 507
        assert (await announce(here, "d.jpg")).status == 507
        shown = await here.get("a.jpg")
        assert shown.status == 200
        assert (await here.cdn(shown.json["originalUrl"])).body == picture()
        ready = await here.call("GET", "/readyz")
        assert (ready.status, ready.json["status"]) == (200, "degraded")
        assert "FOTOTECA_MIN_FREE_BYTES" in ready.json["parts"]["disk"]


async def test_the_worker_waits_and_fails_nothing(
    client: Client, settings: Settings, full: Settings
) -> None:
    await client.put("a.jpg", picture())
    async with open_parts(full) as parts:
        waiting = await client.process(parts, "a.jpg")
    assert (waiting.status, waiting.attempt, waiting.failures) == ("Up", 0, 0)
    async with running_worker(settings):

        async def is_ok() -> bool:
            return (await client.row("a.jpg")).status == "Ok"

        await eventually(is_ok)
