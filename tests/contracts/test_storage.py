"""What every S3 server must do for us, asked of two that have nothing in common."""

import asyncio
import io
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from pydantic import SecretStr

from shared.domain.errors import (
    ObjectMissingError,
    StorageRefusedError,
    StorageUnavailableError,
)
from shared.domain.keys import original_key
from shared.settings import Settings
from shared.storage.s3 import S3Storage, open_storage
from tests.bucket import Bucket, open_bucket
from tests.hard import HARD_REFERENCES

MEBIBYTE = 1024 * 1024
KEY = "demo/01890a5d-ac96-774b-bcce-b302099a8057/1/a.jpg"


@pytest.fixture(params=["rclone", "moto"])
def server(request: pytest.FixtureRequest, settings: Settings, moto: str) -> Settings:
    """Settings that name either server."""
    if request.param == "rclone":
        return settings
    return settings.model_copy(update={"s3_endpoint_url": moto})


@pytest.fixture
async def truth(server: Settings) -> AsyncIterator[Bucket]:
    """The bucket of either server, seen past the adapter."""
    async with open_bucket(server) as bucket:
        await bucket.create()
        yield bucket


@pytest.fixture
async def storage(server: Settings, truth: Bucket) -> AsyncIterator[S3Storage]:
    """The adapter."""
    assert truth.name == server.s3_bucket
    async with open_storage(server) as opened:
        yield opened


async def read(storage: S3Storage, key: str, start: int = 0, length: int | None = None) -> bytes:
    """Collect what a read yields."""
    return b"".join([chunk async for chunk in storage.read(key, start=start, length=length)])


async def test_what_is_put_is_there_for_others_too(storage: S3Storage, truth: Bucket) -> None:
    await storage.put(KEY, io.BytesIO(b"bytes"))
    assert await truth.keys() == {KEY}
    assert await truth.get(KEY) == b"bytes"
    assert await read(storage, KEY) == b"bytes"
    assert await storage.exists(KEY)


async def test_a_large_body_comes_back_in_bounded_chunks(storage: S3Storage) -> None:
    data = bytes(range(256)) * 4096 * 6
    await storage.put(KEY, io.BytesIO(data))
    chunks = [chunk async for chunk in storage.read(KEY)]
    assert b"".join(chunks) == data
    assert max(map(len, chunks)) <= MEBIBYTE


async def test_a_range_is_exactly_what_was_asked_for(storage: S3Storage) -> None:
    data = bytes(number % 251 for number in range(300_000))
    await storage.put(KEY, io.BytesIO(data))
    for start, length in [(0, 1), (1, 10), (131_071, 2), (299_999, 1), (0, 300_000), (5, None)]:
        end = None if length is None else start + length
        assert await read(storage, KEY, start, length) == data[start:end], (start, length)


async def test_what_is_missing_is_told_from_what_does_not_answer(storage: S3Storage) -> None:
    assert not await storage.exists(KEY)
    with pytest.raises(ObjectMissingError):
        await read(storage, KEY)
    with pytest.raises(ObjectMissingError):
        await read(storage, KEY, 5, 5)


async def test_a_key_exists_only_as_itself(storage: S3Storage) -> None:
    await storage.put(KEY + ".longer", io.BytesIO(b"bytes"))
    assert not await storage.exists(KEY)
    assert not await storage.exists("demo")


async def test_deleting_twice_is_deleting(storage: S3Storage, truth: Bucket) -> None:
    await storage.put(KEY, io.BytesIO(b"bytes"))
    await storage.delete(KEY)
    await storage.delete(KEY)
    assert not await truth.keys()


async def test_parts_are_one_object_in_their_order(storage: S3Storage, truth: Bucket) -> None:
    parts = [bytes([number]) * 5 * MEBIBYTE for number in (1, 2)] + [b"the rest"]
    upload = await storage.begin_multipart(KEY)
    etags = {}
    for number in (2, 3, 1):
        source = io.BytesIO(parts[number - 1])
        etags[number] = await storage.put_part(KEY, upload, number, source)
    assert not await storage.exists(KEY)
    await storage.complete_multipart(KEY, upload, [etags[number] for number in (1, 2, 3)])
    assert await truth.get(KEY) == b"".join(parts)
    assert await truth.unfinished() == []


async def test_parts_that_have_arrived_are_listed(storage: S3Storage) -> None:
    upload = await storage.begin_multipart(KEY)
    etag = await storage.put_part(KEY, upload, 2, io.BytesIO(b"rest"))
    (part,) = await storage.parts(KEY, upload)
    assert (part.number, part.size_in_bytes, part.etag) == (2, 4, etag)
    await storage.abort_multipart(KEY, upload)
    with pytest.raises(ObjectMissingError):
        await storage.parts(KEY, upload)


async def test_a_copy_is_the_bytes_of_its_moment(storage: S3Storage, truth: Bucket) -> None:
    await storage.put(KEY, io.BytesIO(b"first"))
    await storage.copy(KEY, "demo/incoming/1")
    await storage.put(KEY, io.BytesIO(b"second"))
    assert await truth.get("demo/incoming/1") == b"first"
    sizes = [await storage.size_of(key) for key in (KEY, "demo/incoming/1", "demo/incoming/2")]
    assert sizes == [6, 5, None]
    with pytest.raises(ObjectMissingError):
        await storage.copy("demo/incoming/2", "demo/incoming/3")


async def test_an_aborted_upload_leaves_nothing(storage: S3Storage, truth: Bucket) -> None:
    upload = await storage.begin_multipart(KEY)
    await storage.put_part(KEY, upload, 1, io.BytesIO(b"x" * 5 * MEBIBYTE))
    await storage.abort_multipart(KEY, upload)
    await storage.abort_multipart(KEY, upload)
    assert not await truth.keys()
    assert await truth.unfinished() == []


async def test_two_uploads_to_one_key_do_not_mix(storage: S3Storage, truth: Bucket) -> None:
    one, two = await storage.begin_multipart(KEY), await storage.begin_multipart(KEY)
    etag_one = await storage.put_part(KEY, one, 1, io.BytesIO(b"one"))
    await storage.put_part(KEY, two, 1, io.BytesIO(b"two"))
    await storage.abort_multipart(KEY, two)
    await storage.complete_multipart(KEY, one, [etag_one])
    assert await truth.get(KEY) == b"one"


async def test_hard_names_are_kept_as_they_are(storage: S3Storage, truth: Bucket) -> None:
    names = HARD_REFERENCES.values()
    keys = [original_key("demo", UUID(int=number), 1, name) for number, name in enumerate(names)]
    for key in keys:
        await storage.put(key, io.BytesIO(key.encode()))
    assert await truth.keys() == set(keys)
    for key in keys:
        assert await read(storage, key, 1, 3) == key.encode()[1:4]
        assert await storage.exists(key)
        await storage.delete(key)
    assert not await truth.keys()


async def test_keys_come_in_the_order_of_their_bytes_page_after_page(
    storage: S3Storage, truth: Bucket
) -> None:
    names = ["é", "\U0001f5bc", "\uff5e", "Z", "a", "!", "~", "a b", "a+b", "100%"]
    keys = [f"demo/{folder}/{name}{n}" for folder in ("1", "1.1") for n, name in enumerate(names)]
    keys += [f"demo-2/1/{number}" for number in range(1000)]
    gate = asyncio.Semaphore(16)

    async def put(key: str) -> None:
        async with gate:
            await truth.put(key, key.encode())

    await asyncio.gather(*map(put, keys))
    listed = [item async for item in storage.keys("")]
    assert [item.key for item in listed] == sorted(keys, key=str.encode)
    assert all(item.size_in_bytes == len(item.key.encode()) for item in listed)
    assert [item.key async for item in storage.keys("demo/1.")] == sorted(keys[10:20])
    assert [item async for item in storage.keys("demo/2")] == []


async def test_a_bucket_that_answers_is_ready_and_none_is_not(
    server: Settings, storage: S3Storage
) -> None:
    await storage.ping()
    async with open_storage(server.model_copy(update={"s3_bucket": "nowhere"})) as lost:
        with pytest.raises(StorageUnavailableError):
            await lost.ping()
        with pytest.raises(StorageUnavailableError):
            await lost.put(KEY, io.BytesIO(b"bytes"))


async def test_no_server_is_unavailable_not_missing(settings: Settings) -> None:
    away = settings.model_copy(update={"s3_endpoint_url": "http://127.0.0.1:1"})
    async with open_storage(away) as lost:
        attempts = (lost.exists(KEY), read(lost, KEY), lost.delete(KEY), lost.ping())
        outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {StorageUnavailableError}


async def test_a_wrong_secret_is_refused_not_retried(settings: Settings, bucket: Bucket) -> None:
    assert bucket.name == settings.s3_bucket
    wrong = settings.model_copy(update={"aws_secret_access_key": SecretStr("wrong")})
    async with open_storage(wrong) as refused:
        with pytest.raises(StorageRefusedError):
            await refused.put(KEY, io.BytesIO(b"bytes"))
