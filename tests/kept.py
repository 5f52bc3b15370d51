"""What takes long to begin is handed on from test to test: S3 clients and decoder processes.

Five to seven clients and a decoder were measured to take 340 ms of processor time, of the 380 that
an upload and its thumbnails take with all that is wired up and down around them. Both are as real
as others, and never with two at once.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, ClassVar

import pytest

from shared.settings import Settings
from shared.storage.s3 import open_client
from tests.servers import Servers
from worker.imaging.decoder import Decoder, Limits
from worker.imaging.decoders import Decoders

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

MOST_DECODERS = 2
"""Kept of each kind."""


class KeptClients:
    """S3 clients of the run's own server; those of others are opened and closed as ever."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._stack = AsyncExitStack()
        self._free: dict[tuple[int, float], list[S3Client]] = defaultdict(list)

    @asynccontextmanager
    async def open(
        self,
        settings: Settings,
        endpoint_url: str | None,
        connections: int,
        *,
        read_timeout_s: float = 20,
    ) -> AsyncIterator["S3Client"]:
        """See `open_client`."""
        if not self._is_ours(settings, endpoint_url):
            async with open_client(
                settings, endpoint_url, connections, read_timeout_s=read_timeout_s
            ) as client:
                yield client
            return
        free = self._free[connections, read_timeout_s]
        client = (
            free.pop()
            if free
            else await self._stack.enter_async_context(
                open_client(settings, endpoint_url, connections, read_timeout_s=read_timeout_s)
            )
        )
        try:
            yield client
        finally:
            free.append(client)

    async def close(self) -> None:
        """Close them all."""
        await self._stack.aclose()

    def _is_ours(self, settings: Settings, endpoint_url: str | None) -> bool:
        secret = settings.aws_secret_access_key
        told = endpoint_url, secret.get_secret_value() if secret else None
        return told == (self._servers.s3_endpoint_url, self._servers.s3_secret_access_key)


class KeptDecoders(Decoders):
    """A pool that begins with processes which an earlier one has left."""

    _left: ClassVar[dict[Limits, list[Decoder]]] = defaultdict(list)

    async def close(self) -> None:
        """Leave what is idle to the next, unless it is soon to be replaced; see `Decoders`."""
        left = self._left[self._limits]
        fresh = [
            decoder for decoder in self._idle if decoder.pictures < self._limits.recycle_after / 2
        ]
        for decoder in fresh[: MOST_DECODERS - len(left)]:
            self._idle.remove(decoder)
            left.append(decoder)
        await super().close()

    async def _idle_or_fresh(self) -> Decoder:
        left = self._left[self._limits]
        if not self._idle and left:
            self._idle.append(left.pop())
        return await super()._idle_or_fresh()

    @classmethod
    async def end_all(cls) -> None:
        """End what nobody took."""
        for left in cls._left.values():
            while left:
                await left.pop().end()


@contextmanager
def kept_in_use(clients: KeptClients) -> Iterator[None]:
    """Have services and workers of this process take what is kept."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ("s3", "presigner"):
            patch.setattr(f"shared.storage.{module}.open_client", clients.open)
        patch.setattr("worker.settings.Decoders", KeptDecoders)
        yield
