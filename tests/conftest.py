"""The library that a test gets: a database, a bucket and an empty Redis of its own."""

import itertools
import logging
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import hypothesis
import pytest
import structlog
from moto.server import ThreadedMotoServer
from redis.asyncio import Redis

from shared.domain.image import Role
from shared.settings import Settings
from tests.bucket import Bucket
from tests.client import Client, Connection, Service, make_client, running_service
from tests.databases import Databases
from tests.kept import KeptClients, KeptDecoders, kept_in_use
from tests.servers import Servers, hand_on, servers_for
from worker.settings import Parts, open_parts

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling
    from xdist.workermanage import WorkerController

_numbers = itertools.count(1)

# Errors are logged in plain words: to draw one took a second, in which others missed their time.
_RENDERER = structlog.dev.ConsoleRenderer(
    colors=False, exception_formatter=structlog.dev.plain_traceback
)
structlog.configure(processors=[*structlog.get_config()["processors"][:-1], _RENDERER])

# The same examples at each run, in as much time as they take: a landing is no place to find others.
hypothesis.settings.register_profile("tests", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("tests")


def pytest_configure() -> None:
    """Heed Ctrl-C, so that what tests start does: a shell's background jobs are born deaf to it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: "WorkerController") -> None:
    """Start the servers before the first of pytest-xdist's workers, for all of them."""
    hand_on(node.config, node.workerinput)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> "LoadScopeScheduling":
    """Spread the tests."""
    from tests.spread import Spread  # noqa: PLC0415 -- pytest-xdist may be absent

    return Spread(config, log)


@pytest.fixture(autouse=True)
def _log_of_all() -> Iterator[None]:
    """Put the log back that a test has made a service's own: others look for lines in theirs."""
    configured, handlers = structlog.get_config(), logging.getLogger().handlers[:]
    yield
    structlog.configure(**configured)
    structlog.contextvars.clear_contextvars()
    logging.getLogger().handlers[:] = handlers


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Servers:
    """Real Postgres, Valkey and S3."""
    return servers_for(pytestconfig)


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """An S3 server that has nothing in common with the embedded one, in this process."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def databases(servers: Servers) -> Databases:
    """Databases for this process' tests."""
    return Databases(servers)


@pytest.fixture(scope="session")
async def clients(servers: Servers) -> AsyncIterator[KeptClients]:
    """S3 clients, kept with other things for this process' services and workers."""
    kept = KeptClients(servers)
    with kept_in_use(kept):
        yield kept
    await kept.close()
    await KeptDecoders.end_all()


@pytest.fixture
async def settings(
    servers: Servers, databases: Databases, tmp_path: Path
) -> AsyncIterator[Settings]:
    """Settings of a library of this test's own."""
    database, bucket = await databases.take(), f"{servers.runner}-{next(_numbers)}"
    redis = Redis.from_url(servers.redis_url)
    await redis.flushdb()
    await redis.aclose()
    made = Settings(
        database_url=servers.database(database),
        redis_url=servers.redis_url,
        s3_endpoint_url=servers.s3_endpoint_url,
        s3_bucket=bucket,
        aws_access_key_id=servers.s3_access_key_id,
        aws_secret_access_key=servers.s3_secret_access_key,
        secret_key="a key that only tests have, and all of them",
        scratch_dir=tmp_path / "scratch",
        worker_slots=1,
        lease_s=5,
        sweep_interval_s=0.1,
        host="127.0.0.1",
        port=0,
    )
    yield made
    await databases.give_back(database)


@pytest.fixture
async def bucket(settings: Settings, clients: KeptClients) -> AsyncIterator[Bucket]:
    """The test's bucket, seen past the service."""
    async with clients.open(settings, settings.s3_endpoint_url, 10) as client:
        opened = Bucket(client, settings.s3_bucket)
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
