"""One start of the embedded servers per run; a database, a bucket and an empty Redis per test."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import aioboto3
import asyncpg
import pytest
from aiohttp import ClientSession, web
from redis.asyncio import Redis

from api.app import make_app
from api.context import LIBRARY
from api.server import ProblemRunner
from deploy.embedded.servers import Endpoints, running_servers
from shared.db.migrate import migrate
from shared.domain.image import Role
from shared.settings import Settings
from shared.usecases.access import create_key, create_tenant
from tests.client import Client, Service
from worker.settings import Parts, open_parts

TEMPLATE = "library_template"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def endpoints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    """Real Postgres, Valkey and S3."""
    with running_servers(tmp_path_factory.mktemp("servers") / "data") as running:
        asyncio.run(_make_template(running.database_url))
        yield running


async def _make_template(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(f"CREATE DATABASE {TEMPLATE}")
    await connection.close()
    await migrate(database_url(url, TEMPLATE))


def database_url(url: str, name: str) -> str:
    """Name another database of the same server."""
    return url.rpartition("/")[0] + f"/{name}"


@pytest.fixture
async def settings(endpoints: Endpoints, tmp_path: Path) -> AsyncIterator[Settings]:
    """Settings of a library of this test's own."""
    name = f"test_{next(_numbers)}"
    connection = await asyncpg.connect(endpoints.database_url)
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
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
        scratch_dir=tmp_path / "scratch",
        worker_slots=1,
        lease_s=5,
        sweep_interval_s=0.1,
        host="127.0.0.1",
        port=0,
    )
    await make_bucket(made)
    yield made
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


async def make_bucket(settings: Settings) -> None:
    """Make the test's bucket."""
    access, secret = settings.aws_access_key_id, settings.aws_secret_access_key
    assert access is not None
    assert secret is not None
    session = aioboto3.Session(
        aws_access_key_id=access.get_secret_value(),
        aws_secret_access_key=secret.get_secret_value(),
        region_name=settings.aws_region,
    )
    async with session.client("s3", endpoint_url=settings.s3_endpoint_url) as s3:
        await s3.create_bucket(Bucket=settings.s3_bucket)


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Service]:
    """The API on a port of its own, and who may call it."""
    async with AsyncExitStack() as stack:
        app = make_app(settings)
        runner = ProblemRunner(app, access_log=None)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        session = await stack.enter_async_context(ClientSession())
        yield Service(app[LIBRARY], session, f"http://{host}:{port}")


@pytest.fixture
async def client(service: Service) -> Client:
    """An admin of the tenant `demo`."""
    return await make_client(service, "demo", Role.ADMIN)


async def make_client(service: Service, tenant: str, role: Role) -> Client:
    """Make a key of a tenant, and the tenant if need be."""
    database = service.library.database
    owner = await database.tenant_by_name(tenant) or await create_tenant(database, tenant)
    key = await create_key(database, owner, role, f"{tenant}-{role.name}")
    return Client(service, owner, key)


@pytest.fixture
async def parts(settings: Settings) -> AsyncIterator[Parts]:
    """A worker, wired to the test's library, that works only when it is told to."""
    async with open_parts(settings) as opened:
        yield opened
