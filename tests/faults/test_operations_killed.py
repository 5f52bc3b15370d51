"""An operation whose worker is killed in its middle is ended by the next one, each image once."""

import asyncio
import signal
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.settings import Settings
from tests.backstage import running_worker
from tests.client import Client, Connection, picture
from tests.commands import environment
from tests.library import fill
from tests.operations import EVERY, accepted, counts, ended, some_done
from worker.settings import Parts

IMAGES, ROWS = 12, 500
LEASE_S = 3
HOLD_THE_LAST = "SELECT FROM images ORDER BY id DESC LIMIT 1 FOR UPDATE"
"""So that no worker, however quick, comes to the end of an operation before it is killed."""


@asynccontextmanager
async def worker_process(settings: Settings) -> AsyncIterator[Process]:
    """Run `fototeca worker`, and kill it at the end."""
    secret = settings.secret_key
    assert secret is not None
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "deploy.cli", "worker"),
        env=environment(settings)
        | {
            "FOTOTECA_REDIS_URL": settings.redis_url.get_secret_value(),
            "FOTOTECA_SECRET_KEY": secret.get_secret_value(),
            "FOTOTECA_LEASE_S": str(LEASE_S),
        },
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def test_reprocessing_goes_on_after_its_worker_was_killed(
    client: Client, parts: Parts, settings: Settings, postgres: Connection
) -> None:
    for number in range(IMAGES):
        await client.put_ok(parts, f"{number}.jpg", picture(900 + number, 700))
    path = await accepted(client, "reprocess", EVERY)
    async with postgres.transaction(), worker_process(settings):
        await postgres.execute(HOLD_THE_LAST)
        assert await some_done(client, path, 1) < IMAGES
    async with running_worker(settings.model_copy(update={"lease_s": LEASE_S})):
        assert counts(await ended(client, path)) == (IMAGES, IMAGES, 0)
    statuses = await postgres.fetch("SELECT DISTINCT status FROM images")
    assert [row["status"] for row in statuses] == ["Ok"]


async def test_tagging_goes_on_after_its_worker_was_killed(
    client: Client, settings: Settings, postgres: Connection
) -> None:
    await fill(client, postgres, ROWS)
    await postgres.execute("UPDATE images SET status = 'Ok', tags = '{}'")
    path = await accepted(client, "tag", EVERY, add=["new"])
    async with postgres.transaction(), worker_process(settings):
        await postgres.execute(HOLD_THE_LAST)
        assert await some_done(client, path, 1) < ROWS
    async with running_worker(settings):
        assert counts(await ended(client, path)) == (ROWS, ROWS, 0)
    versions = await postgres.fetch("SELECT DISTINCT row_version, tags FROM images")
    assert [tuple(row) for row in versions] == [(2, ["new"])]
