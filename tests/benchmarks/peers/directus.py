"""Directus, on a copy of the tenant's images with the answer's fields as columns."""

import asyncio
import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from deploy.embedded.credentials import keep_credentials
from tests.benchmarks.peers.contender import PAGE_ROWS, PHOTO, TENANT, Service, Unavailable
from tests.benchmarks.peers.install import node, node_packages
from tests.benchmarks.peers.started import started
from tests.benchmarks.rows import Library
from tests.benchmarks.scratch import Scratch, connected

PACKAGES = ("directus@11.3.5",)
DATABASE = "directus"
EMAIL = "bench@example.com"
TIMEOUT_S = 300

TABLE = """
CREATE TABLE images (
    reference varchar(255) PRIMARY KEY, id integer NOT NULL, "numLinks" integer NOT NULL,
    status varchar(2) NOT NULL, "modifiedOn" timestamp NOT NULL, "fileType" varchar(20),
    "createdOn" timestamp NOT NULL, tags json NOT NULL, "originalUrl" text, "thumbnailUrl" text,
    "thumbnailMediumUrl" text, "thumbnailPreviewUrl" text, width integer NOT NULL,
    height integer NOT NULL, "sizeInBytes" integer NOT NULL
)
"""
COPIED = """
SELECT reference, id, num_links, status, modified_on AT TIME ZONE 'UTC', file_type,
    created_on AT TIME ZONE 'UTC', to_json(tags)::text, $2 || original_key,
    $2 || thumbnail_key, $2 || thumbnail_medium_key,
    $2 || thumbnail_preview_key, width, height, size_in_bytes
FROM images WHERE tenant_id = $1 AND deleted_at IS NULL
"""
INDEX = 'CREATE INDEX ON images ("createdOn", id)'


@contextmanager
def directus(scratch: Scratch, library: Library, cdn_base: str) -> Iterator[Service]:
    """Run Directus in one process, its cache and its rate limiter off as they are by default."""
    folder = scratch.folder / "peers" / "directus"
    program = node_packages(folder, PACKAGES) / "directus" / "cli.js"
    token = hashlib.sha256(keep_credentials(scratch.place.data).secret_key.encode()).hexdigest()
    told = _told(scratch, token)
    if not asyncio.run(_is_there(scratch, library)):
        asyncio.run(_make_database(scratch))
        _bootstrap(program, folder, told)
        asyncio.run(_copy(scratch, library, cdn_base))
    with started(scratch, "directus", [node(), program, "start"], folder, told) as origin:
        before, after = PHOTO
        service = Service(
            name="Directus",
            origin=origin,
            page_path=f"/items/images?limit={PAGE_ROWS}&sort=-createdOn,-id",
            lookup_path=(f"/items/images/{before}", after),
            page_member="data",
            image_member="data",
            headers={"Authorization": f"Bearer {token}"},
        )
        _track(service)
        yield service


def _told(scratch: Scratch, token: str) -> dict[str, str]:
    return {
        "DB_CLIENT": "pg",
        "DB_CONNECTION_STRING": scratch.database_url(DATABASE),
        "KEY": "fototeca-bench",
        "SECRET": token,
        "ADMIN_EMAIL": EMAIL,
        "ADMIN_PASSWORD": token,
        "ADMIN_TOKEN": token,
        "HOST": "127.0.0.1",
        "LOG_LEVEL": "error",
        "TELEMETRY": "false",
    }


def _bootstrap(program: Path, folder: Path, told: dict[str, str]) -> None:
    """Have Directus make its own tables."""
    done = subprocess.run(
        [node(), program, "bootstrap"], cwd=folder, env={**os.environ, **told},
        capture_output=True, text=True, check=False, timeout=TIMEOUT_S,
    )  # fmt: skip
    if done.returncode != 0:
        raise Unavailable(f"directus bootstrap: {(done.stderr or done.stdout).strip()[-300:]}")


async def _is_there(scratch: Scratch, library: Library) -> bool:
    """Whether an earlier run finished the copy."""
    async with connected(scratch.endpoints.database_url) as server:
        note = await server.fetchval(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1",
            DATABASE,
        )
    return bool(note == _whole(library))


def _whole(library: Library) -> str:
    """Return the note of a finished copy: what it was made from, in short."""
    told = f"{library.database} {TABLE} {COPIED} {INDEX}"
    return hashlib.sha256(told.encode()).hexdigest()


async def _make_database(scratch: Scratch) -> None:
    async with connected(scratch.endpoints.database_url) as server:
        await server.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        await server.execute(f"CREATE DATABASE {DATABASE}")


async def _copy(scratch: Scratch, library: Library, cdn_base: str) -> None:
    """Give it the middle tenant's images."""
    async with connected(scratch.database_url(library.database)) as source:
        rows = await source.fetch(COPIED, library.tenants[TENANT], cdn_base)
    async with connected(scratch.database_url(DATABASE)) as copy:
        await copy.execute(TABLE)
        await copy.copy_records_to_table("images", records=map(tuple, rows))
        await copy.execute(INDEX)
        await copy.execute("VACUUM (ANALYZE) images")
        await copy.execute(f"COMMENT ON DATABASE {DATABASE} IS '{_whole(library)}'")


def _track(service: Service) -> None:
    """Let Directus take the table for a collection; again does no harm."""
    request = Request(  # noqa: S310 an origin of ours
        f"{service.origin}/collections/images",
        json.dumps({"meta": {"hidden": False}}).encode(),
        {**service.headers, "Content-Type": "application/json"},
        method="PATCH",
    )
    try:
        with urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            answer.read()
    except HTTPError as error:
        raise Unavailable(f"Directus takes no collection: {error.read()[:300]!r}") from error
