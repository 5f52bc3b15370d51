"""An answer of S3 that is lost on its way: what was begun twice is kept once."""

import io

import pytest

from shared.settings import Settings
from shared.storage.s3 import open_storage
from tests.bucket import Bucket, open_bucket
from tests.relay import LosingOne, listening

KEY = "demo/01890a5d-ac96-774b-bcce-b302099a8057/1/a.jpg"


@pytest.mark.parametrize("name", ["rclone", "moto"])
async def test_an_upload_in_parts_that_was_begun_twice_is_kept_once(
    name: str, settings: Settings, moto: str
) -> None:
    direct = settings
    if name == "moto":
        direct = settings.model_copy(update={"s3_endpoint_url": moto})
    origin = direct.s3_endpoint_url or ""
    relay = LosingOne(origin)
    through = direct.model_copy(update={"s3_endpoint_url": relay.by_way(origin)})
    async with open_bucket(direct) as bucket, listening(relay), open_storage(through) as storage:
        await bucket.create()
        multipart_id = await storage.begin_multipart(KEY)
        assert relay.lost == 1
        assert await bucket.unfinished() == [KEY]
        etag = await storage.put_part(KEY, multipart_id, 1, io.BytesIO(b"bytes"))
        await storage.complete_multipart(KEY, multipart_id, [etag])
        await _holds(bucket, b"bytes")


async def _holds(bucket: Bucket, data: bytes) -> None:
    assert await bucket.unfinished() == []
    assert await bucket.get(KEY) == data
