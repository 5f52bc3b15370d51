"""One start of the embedded servers per run, whoever of pytest-xdist's workers needs them."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import asyncpg
import pytest
from yarl import URL

from deploy.embedded.servers import running_servers
from shared.db.migrate import migrate
from shared.scratch import Scratch
from tests.client import Connection

TEMPLATE = "library_template"
ALONE = "main"
"""The name of who runs tests without pytest-xdist."""
MEMORY = Path("/dev/shm")  # noqa: S108 -- the folder within is made for the servers alone
ENOUGH_BYTES = 4 * 2**30

_STARTED = pytest.StashKey["Servers"]()


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the three are for `runner`, one of the processes that run tests.

    Each has a role of its own in Postgres and a database of its own in Redis, and names databases
    and buckets after itself: nothing that a test does there is seen by another.
    """

    runner: str
    database_url: str
    redis_url: str
    s3_endpoint_url: str
    s3_access_key_id: str
    s3_secret_access_key: str

    def database(self, name: str) -> str:
        """Return the URL of another database of the same server."""
        return str(URL(self.database_url).with_path(f"/{name}"))

    async def administer(self, statement: str) -> None:
        """Make or drop a database or a role."""
        async with self.connected() as connection:
            await connection.execute(statement)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Connection]:
        """Connect beside all the tests' databases."""
        connection = await asyncpg.connect(self.database_url, timeout=60, command_timeout=120)
        try:
            yield connection
        finally:
            await connection.close()

    async def lent_to(self, runner: str) -> "Servers":
        """Return them as `runner` is to see them."""
        await self.administer(f"CREATE ROLE {runner} SUPERUSER LOGIN PASSWORD '{runner}'")
        number = int(runner.removeprefix("gw")) if runner != ALONE else 0
        return replace(
            self,
            runner=runner,
            database_url=str(URL(self.database_url).with_user(runner).with_password(runner)),
            redis_url=str(URL(self.redis_url).with_path(f"/{number}")),
        )


def servers_for(config: pytest.Config) -> Servers:
    """Return the servers for this process; started now, unless pytest-xdist's main process did."""
    told = getattr(config, "workerinput", {})
    begun = Servers(**told["servers"]) if "servers" in told else _started(config)
    return asyncio.run(begun.lent_to(told.get("workerid", ALONE)))


def hand_on(config: pytest.Config, workerinput: dict[str, object]) -> None:
    """Tell one of pytest-xdist's workers where the servers are, which run from the first on.

    Unit tests do without: who runs nothing else has no need to wait.
    """
    if not all(Path(argument).is_relative_to("tests/unit") for argument in config.args):
        workerinput["servers"] = asdict(_started(config))


def _started(config: pytest.Config) -> Servers:
    if _STARTED not in config.stash:
        stack = ExitStack()
        config.add_cleanup(stack.close)
        config.stash[_STARTED] = stack.enter_context(_running())
    return config.stash[_STARTED]


@contextmanager
def _running() -> Iterator[Servers]:
    with _folder() as folder, running_servers(folder / "data", allow_origin="*") as running:
        servers = Servers(
            runner=ALONE,
            database_url=running.database_url,
            redis_url=running.redis_url,
            s3_endpoint_url=running.s3_endpoint_url,
            s3_access_key_id=running.s3_access_key_id,
            s3_secret_access_key=running.s3_secret_access_key,
        )
        asyncio.run(_make_template(servers))
        yield servers


@contextmanager
def _folder() -> Iterator[Path]:
    """Lend a folder that the servers' user can reach; what killed runs have left goes first.

    It is in memory, where there is room: thousands of databases wear out a disk, and what is
    written back to a slow one holds up the stacks that other tests start.
    """
    is_roomy = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES
    scratch = Scratch(MEMORY if is_roomy else None, "fototeca-tests-")
    try:
        folder = scratch.make()
        for path in (folder, folder.parent):
            path.chmod(0o711)
        yield folder
    finally:
        scratch.close()


async def _make_template(servers: Servers) -> None:
    await servers.administer(f"CREATE DATABASE {TEMPLATE}")
    await migrate(servers.database(TEMPLATE))
