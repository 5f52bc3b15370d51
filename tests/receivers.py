"""Receivers of webhooks, as consumers would run them: real servers that check what they get."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from standardwebhooks.webhooks import Webhook

from tests.client import Answer, Client, eventually


@dataclass
class Receiver:
    """Keeps what was signed rightly; answers `status`, or nothing at all while `is_hanging`.

    The first deliveries are answered when `together` of them have come.
    """

    secret: str = ""
    status: int = 200
    is_hanging: bool = False
    port: int = 0
    taken: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)
    location: str = ""
    asked: int = 0
    busy: int = 0
    busiest: int = 0
    together: int = 1
    assembled: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook?x=1"

    async def handle(self, request: web.Request) -> web.Response:
        """Take one delivery."""
        self.asked += 1
        if self.is_hanging:
            await asyncio.Event().wait()
        self.busy += 1
        self.busiest = max(self.busy, self.busiest)
        try:
            if self.busiest >= self.together:
                self.assembled.set()
            await self.assembled.wait()
            return await self._take(request)
        finally:
            self.busy -= 1

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.text()
        payload = Webhook(self.secret).verify(body, dict(request.headers))
        assert request.content_type == "application/json"
        if self.status != 200:
            self.refused[self.status] += 1
            headers = {"Location": self.location} if self.location else {}
            return web.Response(status=self.status, headers=headers)
        self.ids.append(request.headers["webhook-id"])
        self.taken.append(payload)
        return web.Response(status=204)

    def types(self) -> list[str]:
        """Return what it was told, in order."""
        return [each["type"] for each in self.taken]

    def seqs(self) -> list[int]:
        """Return the numbers, in the order in which they came."""
        return [each["seq"] for each in self.taken]

    async def has(self, count: int) -> None:
        """Wait until it has taken so many."""

        async def enough() -> bool:
            return len(self.taken) >= count

        await eventually(enough)


@asynccontextmanager
async def receiving(port: int = 0) -> AsyncIterator[Receiver]:
    """Run a receiver, perhaps at a port that a socket of the test's keeps for it."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, reuse_port=port > 0)
    await site.start()
    receiver.port = runner.addresses[0][1]
    try:
        yield receiver
    finally:
        await runner.cleanup()


async def subscribe(client: Client, receiver: Receiver, *events: str) -> Answer:
    """Register it, and give it its secret."""
    body = {"url": receiver.url} | ({"events": list(events)} if events else {})
    answer = await client.call("POST", "/webhooks", json=body)
    assert answer.status == 201, answer.body
    receiver.secret = answer.json["secret"]
    return answer
