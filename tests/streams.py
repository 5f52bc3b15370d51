"""Reading `GET /events` as a consumer does, past no layer of ours."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientResponse

from tests.client import Client

TIMEOUT_S = 60.0


@dataclass
class Stream:
    """An open stream; `last_id` is what a reader would send to resume."""

    response: ClientResponse
    last_id: str = ""
    comments: list[str] = field(default_factory=list)

    async def next(self) -> dict[str, Any]:
        """Return the next event: `type` as the stream names it, and its payload's members."""
        async with asyncio.timeout(TIMEOUT_S):
            while True:
                fields = await self._block()
                self.last_id = fields.get("id", self.last_id)
                if "data" in fields:
                    return {**json.loads(fields["data"]), "type": fields["event"]}

    async def take(self, count: int) -> list[dict[str, Any]]:
        """Return the next ones."""
        return [await self.next() for _ in range(count)]

    async def until(self, kind: str) -> list[dict[str, Any]]:
        """Return all up to the first of a type."""
        taken = [await self.next()]
        while taken[-1]["type"] != kind:
            taken.append(await self.next())
        return taken

    async def rest(self) -> str:
        """Read to the end."""
        async with asyncio.timeout(TIMEOUT_S):
            return (await self.response.content.read()).decode()

    async def _block(self) -> dict[str, str]:
        fields: dict[str, str] = {}
        while True:
            line = (await self.response.content.readline()).decode()
            assert line.endswith("\n"), "the stream ended"
            name, _, value = line.rstrip("\n").partition(": ")
            if not name:
                if not value and not line.strip():
                    return fields
                self.comments.append(value)
            fields[name] = value


@asynccontextmanager
async def listening(
    client: Client, query: str = "", last_id: str | None = None
) -> AsyncIterator[Stream]:
    """Open a stream, and be sure that it has begun."""
    headers = {"X-API-KEY": client.key} | ({"Last-Event-ID": last_id} if last_id else {})
    url = f"{client.service.origin}/events{query}"
    async with client.service.session.get(url, headers=headers, timeout=None) as response:
        assert response.status == 200, await response.text()
        assert response.content_type == "text/event-stream"
        stream = Stream(response)
        first = await stream._block()  # noqa: SLF001 it has no data: it says where we are
        stream.last_id = first["id"]
        yield stream
