"""The API ends in good time, whoever is still reading or sending."""

import asyncio
from contextlib import AsyncExitStack

from api.connection import TIDYING_S
from api.server import SHUTDOWN_S
from deploy.embedded.supervisor import SERVICES_STOP_S
from shared.domain.image import Role
from shared.settings import Settings
from tests.bucket import Bucket
from tests.client import Connection, eventually, make_client, path_to, running_service
from tests.raw import connection, head
from worker.settings import Parts

EACH = 6
MEBIBYTE = 1024 * 1024
BIG = bytes(24 * MEBIBYTE)
"""More than the kernel keeps for a client that does not read."""
CLOSING_S = 0.5
"""For the connections to Postgres, S3 and Redis."""


async def test_it_ends_before_the_supervisor_would_kill_it(
    settings: Settings, bucket: Bucket, parts: Parts, postgres: Connection
) -> None:
    assert bucket.name == settings.s3_bucket
    loop = asyncio.get_running_loop()

    async def have_begun() -> bool:
        return bool(await postgres.fetchval("SELECT count(*) = $1 FROM uploads", EACH))

    async with AsyncExitStack() as clients:
        async with running_service(settings) as service:
            client = await make_client(service, "demo", Role.EDITOR)
            url = (await client.put("big.bin", BIG)).json["originalUrl"]
            for _ in range(EACH):
                reader, writer = await clients.enter_async_context(connection(service.port))
                writer.write(head(client, f"GET /cdn/{url.partition('/cdn/')[2]}"))
                await reader.readexactly(1)
            for number in range(EACH):
                _, writer = await clients.enter_async_context(connection(service.port))
                put = f"PUT {path_to(f'{number}.jpg')}"
                writer.write(head(client, put, "Content-Length: 99999999") + bytes(MEBIBYTE))
            await eventually(have_begun)
            began = loop.time()
        took_s = loop.time() - began
    assert 2 * SHUTDOWN_S + TIDYING_S + CLOSING_S < SERVICES_STOP_S
    assert took_s < 3 * SERVICES_STOP_S, "even where others take most of the processor"
    assert await parts.sweeper.clear_uploads() == EACH
