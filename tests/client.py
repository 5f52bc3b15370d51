"""What tests say to the service over real HTTP, and small pictures to say it with."""

import asyncio
import io
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar
from urllib.parse import quote

import asyncpg
from aiohttp import ClientSession, web, web_app
from PIL import Image as Pillow
from yarl import URL

from api.app import make_app
from api.context import LIBRARY, Library
from api.server import make_runner
from shared.domain.image import Image, Role, Tenant
from shared.domain.job import Job
from shared.settings import Settings
from shared.usecases.access.keys import create_key, create_tenant
from worker.settings import Parts

DOCUMENT_FIELDS = [
    "id",
    "reference",
    "numLinks",
    "status",
    "modifiedOn",
    "fileType",
    "createdOn",
    "tags",
    "originalUrl",
    "thumbnailUrl",
    "thumbnailMediumUrl",
    "thumbnailPreviewUrl",
    "width",
    "height",
    "sizeInBytes",
]
URL_FIELDS = [name for name in DOCUMENT_FIELDS if name.endswith("Url")]

POLL_S = 0.02
T = TypeVar("T")
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def eventually(condition: Callable[[], Awaitable[T]], *, within_s: float = 60.0) -> T:
    """Ask until the answer is true, and return it; fail when the time is over."""
    deadline = time.monotonic() + within_s
    while not (answer := await condition()):
        assert time.monotonic() < deadline, f"still {answer!r} after {within_s:g} s"
        await asyncio.sleep(POLL_S)
    return answer


@dataclass(frozen=True)
class Service:
    """A running API: its use cases, for what HTTP does not offer, and where it listens."""

    library: Library
    session: ClientSession
    origin: str

    @property
    def port(self) -> int:
        """Where it listens."""
        return URL(self.origin).port or 0


@asynccontextmanager
async def running_service(settings: Settings) -> AsyncIterator[Service]:
    """Run the API, on a port of its own where the settings say 0."""
    app = make_app(settings)
    runner = make_runner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", settings.port).start()
        host, port = runner.addresses[0][:2]
        async with ClientSession() as session:
            yield Service(app[LIBRARY], session, f"http://{host}:{port}")
    finally:
        await runner.cleanup()
        # It keeps the last 1,024 apps and all that is theirs: gigabytes, through which forks go.
        web_app._cached_build_middleware.cache_clear()  # noqa: SLF001 there is no public way


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    json: Any


@dataclass(frozen=True)
class Client:
    """A caller with a key."""

    service: Service
    tenant: Tenant
    key: str
    headers: dict[str, str] = field(default_factory=dict)

    async def call(self, method: str, path: str, **kwargs: Any) -> Answer:
        """Send a request; `path` is percent-encoded already, or a whole URL."""
        url = path if path.startswith("http") else self.service.origin + path
        headers = {"X-API-KEY": self.key, **self.headers, **kwargs.pop("headers", {})}
        if isinstance(kwargs.get("data"), bytes):
            kwargs["data"] = io.BytesIO(kwargs["data"])
        async with self.service.session.request(
            method, URL(url, encoded=True), headers=headers, **kwargs
        ) as response:
            body = await response.read()
            is_json = "json" in response.headers.get("Content-Type", "")
            return (
                Answer(
                    response.status, response.headers, body, await response.json(content_type=None)
                )
                if is_json and body
                else Answer(response.status, response.headers, body, None)
            )

    async def put(
        self, reference: str, data: bytes | AsyncIterator[bytes], **kwargs: Any
    ) -> Answer:
        """`PUT /images({reference})`."""
        return await self.call("PUT", path_to(reference), data=data, **kwargs)

    async def get(self, reference: str, query: str = "", **kwargs: Any) -> Answer:
        """`GET /images({reference})`."""
        return await self.call("GET", path_to(reference) + query, **kwargs)

    async def delete(self, reference: str, query: str = "", **kwargs: Any) -> Answer:
        """`DELETE /images({reference})`."""
        return await self.call("DELETE", path_to(reference) + query, **kwargs)

    async def cdn(self, url: str, **kwargs: Any) -> Answer:
        """Fetch what a URL of an answer names, from this API."""
        path = url.partition("/cdn/")[2]
        return await self.call(kwargs.pop("method", "GET"), f"/cdn/{path}", **kwargs)

    async def row(self, reference: str) -> Image:
        """Return the image as Postgres has it."""
        row = await self.service.library.database.image_by_reference(self.tenant.id, reference)
        assert row is not None, f"{reference} is not there"
        return row

    async def process(self, parts: Parts, reference: str) -> Image:
        """Have a worker do the image's job, and return what came of it."""
        row = await self.row(reference)
        await parts.worker.process(Job(row.tenant_id, row.id, row.revision, row.attempt))
        return await self.row(reference)

    async def put_ok(self, parts: Parts, reference: str, data: bytes) -> Image:
        """Upload and process."""
        answer = await self.put(reference, data)
        assert answer.status in {201, 202}, answer.body
        row = await self.process(parts, reference)
        assert row.status == "Ok", (row.status_reason, row.status_detail)
        return row


async def make_client(service: Service, tenant: str, role: Role) -> Client:
    """Make a key of a tenant, and the tenant if need be."""
    database = service.library.database
    owner = await database.tenant_by_name(tenant) or await create_tenant(database, tenant)
    key = await create_key(database, owner, role, f"{tenant}-{role.name}")
    return Client(service, owner, key)


def assert_problem(answer: Answer, status: int, code: str, field: str | None = None) -> None:
    """Check that an answer is a problem in the form of RFC 9457, of this status and kind."""
    assert answer.status == status, (answer.status, answer.body)
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json
    members = ["type", "title", "status", "detail", "instance"] + (["field"] if field else [])
    assert list(problem) == members, problem
    assert problem["type"].endswith(f"/errors/{code}"), problem
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem.get("field") == field


KEYS_OF_AN_IMAGE = 5
"""An original, three thumbnails and a square."""


def path_to(reference: str) -> str:
    """Return the path of an image in the quoted form."""
    literal = reference.replace("'", "''")
    return f"/images('{quote(literal, safe='')}')"


def picture(
    width: int = 64, height: int = 48, *, kind: str = "JPEG", shade: int = 90, mode: str = "RGB"
) -> bytes:
    """Make a small picture with a gradient."""
    gradient = Pillow.linear_gradient("L").resize((width, height))
    image = Pillow.merge("RGB", [gradient, gradient.point(lambda v: (v + shade) % 256), gradient])
    file = io.BytesIO()
    image.convert(mode).save(file, kind)
    return file.getvalue()
