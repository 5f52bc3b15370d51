"""One start of the embedded servers per run; a database, a bucket and an empty Redis per test."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from moto.server import ThreadedMotoServer
from redis.asyncio import Redis

from deploy.embedded.servers import Endpoints, running_servers
from shared.db.migrate import migrate
from shared.domain.image import Role
from shared.settings import Settings
from tests.bucket import Bucket, open_bucket
from tests.client import Client, Connection, Service, make_client, running_service
from worker.settings import Parts, open_parts

TEMPLATE = "library_template"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def endpoints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    """Real Postgres, Valkey and S3."""
    with running_servers(tmp_path_factory.mktemp("servers") / "data", allow_origin="*") as running:
        asyncio.run(_make_template(running.database_url))
        yield running


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """An S3 server that has nothing in common with the embedded one."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


async def _make_template(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(f"CREATE DATABASE {TEMPLATE}")
    await connection.close()
    await migrate(database_url(url, TEMPLATE))


def database_url(url: str, name: str) -> str:
    """Name another database of the same server."""
    return url.rpartition("/")[0] + f"/{name}"


async def administer(endpoints: Endpoints, statement: str) -> None:
    """Make or drop a database, in a session of its own: tests kill the server now and then."""
    connection = await asyncpg.connect(endpoints.database_url, timeout=30, command_timeout=60)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
async def settings(endpoints: Endpoints, tmp_path: Path) -> AsyncIterator[Settings]:
    """Settings of a library of this test's own."""
    name = f"test_{next(_numbers)}"
    await administer(endpoints, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    redis = Redis.from_url(endpoints.redis_url)
    await redis.flushall()
    await redis.aclose()
    made = Settings(
        database_url=database_url(endpoints.database_url, name),
        redis_url=endpoints.redis_url,
        s3_endpoint_url=endpoints.s3_endpoint_url,
        s3_bucket=name.replace("_", "-"),
        aws_access_key_id=endpoints.s3_access_key_id,
        aws_secret_access_key=endpoints.s3_secret_access_key,
        secret_key="a key that only tests have, and all of them",
        scratch_dir=tmp_path / "scratch",
        worker_slots=1,
        lease_s=5,
        sweep_interval_s=0.1,
        host="127.0.0.1",
        port=0,
    )
    yield made
    await administer(endpoints, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def bucket(settings: Settings) -> AsyncIterator[Bucket]:
    """The test's bucket, seen past the service."""
    async with open_bucket(settings) as opened:
        await opened.create()
        yield opened


@pytest.fixture
async def postgres(settings: Settings) -> AsyncIterator[Connection]:
    """The test's database, seen past the service."""
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    yield connection
    connection.terminate()


@pytest.fixture
async def service(settings: Settings, bucket: Bucket) -> AsyncIterator[Service]:
    """The API on a port of its own, and who may call it."""
    assert bucket.name == settings.s3_bucket
    async with running_service(settings) as running:
        yield running


@pytest.fixture
async def client(service: Service) -> Client:
    """An admin of the tenant `demo`."""
    return await make_client(service, "demo", Role.ADMIN)


@pytest.fixture
async def parts(settings: Settings, bucket: Bucket) -> AsyncIterator[Parts]:
    """A worker, wired to the test's library, that works only when it is told to."""
    assert bucket.name == settings.s3_bucket
    async with open_parts(settings) as opened:
        yield opened
