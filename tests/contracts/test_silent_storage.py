"""An S3 server that takes the connection and then says nothing is away, like any other."""

import asyncio
import io
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator

import pytest

from shared.domain.errors import StorageUnavailableError
from shared.settings import Settings
from shared.storage.s3 import S3Storage, open_storage

KEY = "demo/01890a5d-ac96-774b-bcce-b302099a8057/1/a.jpg"


async def _say_nothing(reader: StreamReader, writer: StreamWriter) -> None:
    while await reader.read(65536):
        pass
    writer.close()


@pytest.fixture
async def silent() -> AsyncIterator[S3Storage]:
    """The adapter, before a server that never answers."""
    server = await asyncio.start_server(_say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = Settings(
        s3_endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    async with server, open_storage(settings, answer_s=0.2) as storage:
        yield storage


async def _read(storage: S3Storage) -> None:
    async for _ in storage.read(KEY):
        pass


async def test_no_call_waits_for_ever(silent: S3Storage) -> None:
    body = b"x" * 8 * 1024 * 1024
    async with asyncio.timeout(60):
        outcomes = await asyncio.gather(
            silent.put(KEY, io.BytesIO(body)),
            silent.begin_multipart(KEY),
            silent.put_part(KEY, "id", 1, io.BytesIO(body)),
            silent.complete_multipart(KEY, "id", ["etag"]),
            silent.abort_multipart(KEY, "id"),
            silent.abort_multiparts(KEY),
            _read(silent),
            silent.parts(KEY, "id"),
            silent.copy(KEY, KEY + "2"),
            silent.size_of(KEY),
            silent.exists(KEY),
            silent.delete(KEY),
            silent.ping(),
            return_exceptions=True,
        )
    assert [type(outcome) for outcome in outcomes] == [StorageUnavailableError] * len(outcomes)
