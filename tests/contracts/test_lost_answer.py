"""An answer of S3 that is lost on its way: what was begun twice is kept once."""

import asyncio
import io
from asyncio import StreamReader, StreamWriter

import pytest
from yarl import URL

from shared.settings import Settings
from shared.storage.s3 import open_storage
from tests.bucket import Bucket, open_bucket

KEY = "demo/01890a5d-ac96-774b-bcce-b302099a8057/1/a.jpg"


class LosingOne:
    """Passes requests and answers on, but hangs up instead of passing the first answer."""

    def __init__(self, origin: str) -> None:
        self._origin = URL(origin)
        self._relays: list[asyncio.Task[None]] = []
        self.lost = 0

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Relay one connection."""
        far_reader, far_writer = await asyncio.open_connection(self._origin.host, self._origin.port)
        asking = asyncio.create_task(_pass_on(reader, far_writer))
        self._relays += [asking, asyncio.create_task(self._pass_back(far_reader, writer))]

    async def close(self) -> None:
        """Wait until those who asked, and those who answered, have hung up."""
        await asyncio.gather(*self._relays)

    async def _pass_back(self, reader: StreamReader, writer: StreamWriter) -> None:
        while answer := await reader.read(65536):
            if not self.lost:
                self.lost += 1
                break
            writer.write(answer)
        writer.close()


async def _pass_on(reader: StreamReader, writer: StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


@pytest.mark.parametrize("name", ["rclone", "moto"])
async def test_an_upload_in_parts_that_was_begun_twice_is_kept_once(
    name: str, settings: Settings, moto: str
) -> None:
    direct = settings
    if name == "moto":
        direct = settings.model_copy(update={"s3_endpoint_url": moto})
    relay = LosingOne(direct.s3_endpoint_url or "")
    server = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    through = direct.model_copy(update={"s3_endpoint_url": f"http://127.0.0.1:{port}"})
    async with open_bucket(direct) as bucket, server, open_storage(through) as storage:
        await bucket.create()
        multipart_id = await storage.begin_multipart(KEY)
        assert relay.lost == 1
        assert await bucket.unfinished() == [KEY]
        etag = await storage.put_part(KEY, multipart_id, 1, io.BytesIO(b"bytes"))
        await storage.complete_multipart(KEY, multipart_id, [etag])
        await _holds(bucket, b"bytes")
    await relay.close()


async def _holds(bucket: Bucket, data: bytes) -> None:
    assert await bucket.unfinished() == []
    assert await bucket.get(KEY) == data
