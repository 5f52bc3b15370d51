"""The bucket as S3 shows it, past the service: to compare it with what Postgres believes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import aioboto3

from shared.settings import Settings

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client


@dataclass(frozen=True)
class Bucket:
    """One bucket."""

    s3: "S3Client"
    name: str

    async def create(self) -> None:
        """Make it."""
        await self.s3.create_bucket(Bucket=self.name)

    async def keys(self) -> set[str]:
        """Return every key."""
        answer = await self.s3.list_objects_v2(Bucket=self.name)
        return {item["Key"] for item in answer.get("Contents", [])}

    async def get(self, key: str) -> bytes:
        """Return the bytes of a key."""
        answer = await self.s3.get_object(Bucket=self.name, Key=key)
        async with answer["Body"] as body:
            return await body.read()

    async def put(self, key: str, data: bytes) -> None:
        """Write a key."""
        await self.s3.put_object(Bucket=self.name, Key=key, Body=data)

    async def delete(self, key: str) -> None:
        """Lose a key."""
        await self.s3.delete_object(Bucket=self.name, Key=key)

    async def unfinished(self) -> list[str]:
        """Return the keys of uploads in parts that were neither completed nor aborted."""
        try:
            answer = await self.s3.list_multipart_uploads(Bucket=self.name)
        except self.s3.exceptions.NoSuchUpload:  # rclone's way to say: none
            return []
        return [upload["Key"] for upload in answer.get("Uploads", [])]


@asynccontextmanager
async def open_bucket(settings: Settings) -> AsyncIterator[Bucket]:
    """Open a client of the test's own."""
    access, secret = settings.aws_access_key_id, settings.aws_secret_access_key
    url = settings.s3_endpoint_url or ""
    assert url.startswith("http://")  # so that there is nothing to verify
    assert access is not None
    assert secret is not None
    session = _session(access.get_secret_value(), secret.get_secret_value(), settings.aws_region)
    async with session.client("s3", endpoint_url=url, verify=False) as s3:
        yield Bucket(s3, settings.s3_bucket)


@cache
def _session(access: str, secret: str, region: str) -> aioboto3.Session:
    return aioboto3.Session(
        aws_access_key_id=access, aws_secret_access_key=secret, region_name=region
    )
