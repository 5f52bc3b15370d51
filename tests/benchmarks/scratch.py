"""The benchmark's own servers and databases, kept from run to run outside of the clone.

The servers are those of `fototeca up`, with its settings; each API is `fototeca api` as it runs
there. FOTOTECA_BENCH_DIR says where they live, by default `~/.cache/fototeca-bench`.
"""

import contextlib
import os
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from deploy.embedded.address import Address
from deploy.embedded.api_client import ApiClient
from deploy.embedded.child import Child
from deploy.embedded.credentials import keep_credentials
from deploy.embedded.lock import StackLock
from deploy.embedded.place import Place, choose_place
from deploy.embedded.ports import LOOPBACK, next_free
from deploy.embedded.servers import Endpoints, log_folder, make_endpoints, start_all, stop_all
from deploy.embedded.services import fototeca

FIRST_API_PORT = 18_080
API_START_S = 60.0
API_STOP_S = 10.0
CDN_BASE = "https://cdn.example.com/"
LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Scratch:
    """A running scratch stack."""

    folder: Path
    place: Place
    endpoints: Endpoints

    def database_url(self, name: str) -> str:
        """Name a database of the server."""
        return self.endpoints.database_url.rpartition("/")[0] + f"/{name}"

    @property
    def postgres_log(self) -> Path:
        """What the server says, its logged statements included."""
        return self.endpoints.postgres.child.log


def scratch_folder() -> Path:
    """Give the folder that keeps everything a run can use again."""
    told = os.environ.get("FOTOTECA_BENCH_DIR")
    return Path(told or "~/.cache/fototeca-bench").expanduser().absolute()


@contextlib.contextmanager
def running_scratch(folder: Path) -> Iterator[Scratch]:
    """Start the servers and stop them at the end; only one run at a time can have them."""
    data = folder / "data"
    lock = StackLock(data)
    if not lock.acquire():
        raise SystemExit(f"another run works in {folder}: wait for its end, or choose another one")
    place = choose_place(data)
    endpoints = make_endpoints(place)
    try:
        start_all(endpoints)
        yield Scratch(folder, place, endpoints)
    finally:
        stop_all(endpoints)
        lock.release()


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Open a session without any timeout: building takes minutes."""
    connection = await asyncpg.connect(url, timeout=60)
    try:
        yield connection
    finally:
        await connection.close()


@contextlib.contextmanager
def running_api(scratch: Scratch, database: str) -> Iterator[Address]:
    """Run `fototeca api` on a database, in a process of its own."""
    address = Address(LOOPBACK, next_free(FIRST_API_PORT))
    log = log_folder(scratch.place.data) / f"api-{database}.log"
    api = Child("api", fototeca("api"), _environment(scratch, database, address), Path.cwd(), log)
    api.start()
    try:
        deadline = time.monotonic() + API_START_S
        while not ApiClient(address).answers("/healthz"):
            if api.wait(LOOK_S) or time.monotonic() > deadline:
                raise SystemExit(f"the api {api.ending()}: {api.last_words()}")
        yield address
    finally:
        api.stop(API_STOP_S)


def _environment(scratch: Scratch, database: str, address: Address) -> dict[str, str]:
    """Give the settings that `fototeca up` gives; nothing else of ours from outside."""
    ends = scratch.endpoints
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("FOTOTECA_", "AWS_"))}
    return kept | {
        "FOTOTECA_DATABASE_URL": scratch.database_url(database),
        "FOTOTECA_REDIS_URL": ends.redis_url,
        "FOTOTECA_S3_ENDPOINT_URL": ends.s3_endpoint_url,
        "FOTOTECA_S3_BUCKET": ends.s3_bucket,
        "AWS_ACCESS_KEY_ID": ends.s3_access_key_id,
        "AWS_SECRET_ACCESS_KEY": ends.s3_secret_access_key,
        "FOTOTECA_SECRET_KEY": keep_credentials(scratch.place.data).secret_key,
        "FOTOTECA_CDN_BASE_URL": CDN_BASE,
        "FOTOTECA_HOST": address.host,
        "FOTOTECA_PORT": str(address.port),
    }
