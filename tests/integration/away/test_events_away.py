"""Events while servers are away: none is lost, and streams and relay go on by themselves."""

from shared.settings import Settings
from tests.backstage import running_worker
from tests.client import Client, eventually, picture
from tests.integration.away.conftest import Ways
from tests.relay import away
from tests.streams import listening


async def test_a_stream_and_the_relay_outlive_a_restart_of_postgres(
    client: Client, settings: Settings, ways: Ways
) -> None:
    async with running_worker(settings), listening(client) as stream:
        await client.put("a.jpg", picture())
        before = [each["type"] for each in await stream.until("image.ready")]
        assert before == ["image.created", "image.ready"]
        async with away(ways.postgres):
            assert (await client.put("b.jpg", picture())).status == 503

        async def is_stored() -> bool:
            return (await client.put("b.jpg", picture())).status in {201, 409}

        await eventually(is_stored)
        assert (await stream.until("image.ready"))[-1]["data"]["reference"] == "b.jpg"


async def test_the_relay_needs_no_redis_and_no_s3(
    client: Client, settings: Settings, ways: Ways
) -> None:
    async with running_worker(settings), listening(client) as stream, away(ways.valkey):
        assert (await client.put("a.jpg", picture())).status == 201
        async with away(ways.s3):
            assert (await stream.next())["type"] == "image.created"
