"""Express and FastAPI, on the very table that the API reads."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.peers.contender import PAGE_ROWS, PHOTO, TENANT, Service
from tests.benchmarks.peers.install import node, node_packages, python_packages
from tests.benchmarks.peers.started import started
from tests.benchmarks.rows import Library
from tests.benchmarks.scratch import Scratch

SOURCES = Path(__file__).parent
EXPRESS = ("express@5.3.0", "pg@8.23.1")
FASTAPI = (
    "fastapi==0.165.0",
    "uvicorn[standard]==0.54.0",
    "sqlalchemy[asyncio]==2.1.9",
    "asyncpg==0.32.0",
)


@contextmanager
def express(scratch: Scratch, library: Library, cdn_base: str) -> Iterator[Service]:
    """Run `express.js` in one process."""
    folder = scratch.folder / "peers" / "express"
    told = {"NODE_PATH": str(node_packages(folder, EXPRESS)), **_told(scratch, library, cdn_base)}
    command: list[str | Path] = [node(), SOURCES / "express.js"]
    with started(scratch, "express", command, folder, told) as origin:
        yield _service("Express + pg", origin)


@contextmanager
def fastapi(scratch: Scratch, library: Library, cdn_base: str) -> Iterator[Service]:
    """Run `fastapi_app.py` in one process of uvicorn, with uvloop and httptools."""
    folder = scratch.folder / "peers" / "fastapi"
    python = python_packages(folder, FASTAPI)
    options = ["--host=127.0.0.1", "--port=$PORT", "--log-level=warning", "--no-access-log"]
    command: list[str | Path] = [
        python,
        "-m",
        "uvicorn",
        "--app-dir",
        SOURCES,
        "fastapi_app:app",
        *options,
    ]
    with started(scratch, "fastapi", command, folder, _told(scratch, library, cdn_base)) as origin:
        yield _service("FastAPI + SQLAlchemy", origin)


def _told(scratch: Scratch, library: Library, cdn_base: str) -> Mapping[str, str]:
    return {
        "DATABASE_URL": scratch.database_url(library.database),
        "TENANT_ID": str(library.tenants[TENANT]),
        "CDN_BASE": cdn_base,
    }


def _service(name: str, origin: str) -> Service:
    before, after = PHOTO
    return Service(
        name=name,
        origin=origin,
        page_path=f"/images?limit={PAGE_ROWS}",
        lookup_path=(f"/images/{before}", after),
        page_member="value",
    )
