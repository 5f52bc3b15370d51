"""Requests to the tests' sources by the service's own client, and a name server for them."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp.abc import AbstractResolver, ResolveResult

from shared.outgoing.requests import Limits, Outgoing
from shared.outgoing.urls import AllowedHosts

BODY = b"bytes of a picture " * 1000
LIMITS = Limits(total_s=60, idle_s=30, max_bytes=100_000)
BRIEF = Limits(total_s=1, idle_s=1, max_bytes=1)
"""For what nobody answers."""


class Names(AbstractResolver):
    """A name server of the test's own: each look-up of any name takes the next address."""

    def __init__(self, *addresses: str) -> None:
        self.left = list(addresses)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Give an address away."""
        address = self.left.pop(0)
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
        ]

    async def close(self) -> None:
        """Have nothing to close."""


@asynccontextmanager
async def reaching(*allowed: str, resolver: Names | None = None) -> AsyncIterator[Outgoing]:
    outgoing = Outgoing(AllowedHosts.parse(",".join(allowed)), resolver=resolver)
    try:
        yield outgoing
    finally:
        await outgoing.close()


async def fetched(outgoing: Outgoing, url: str, limits: Limits = LIMITS) -> bytes:
    async with outgoing.get(url, limits) as body:
        return b"".join([chunk async for chunk in body])
