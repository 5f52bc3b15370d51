"""Requests that clients send to S3 by themselves: signed here, without a call to anybody."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from shared.storage.failures import translated
from shared.storage.s3 import open_client
from shared.usecases.uploads.incoming_ports import SignedRequest

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

    from shared.settings import Settings

METHOD = "PUT"


class S3Presigner:
    """See `Presigner`. The length of the body is signed: another one is refused by S3."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    async def sign_put(self, key: str, size_in_bytes: int, ttl_s: int) -> SignedRequest:
        wanted = {"Bucket": self._bucket, "Key": key, "ContentLength": size_in_bytes}
        with translated(key):
            url = await self._client.generate_presigned_url(
                "put_object", Params=wanted, ExpiresIn=ttl_s, HttpMethod=METHOD
            )
        return _request(url, size_in_bytes)

    async def sign_part(
        self, key: str, multipart_id: str, number: int, size_in_bytes: int, ttl_s: int
    ) -> SignedRequest:
        wanted = {
            "Bucket": self._bucket,
            "Key": key,
            "UploadId": multipart_id,
            "PartNumber": number,
            "ContentLength": size_in_bytes,
        }
        with translated(key):
            url = await self._client.generate_presigned_url(
                "upload_part", Params=wanted, ExpiresIn=ttl_s, HttpMethod=METHOD
            )
        return _request(url, size_in_bytes)


@asynccontextmanager
async def open_presigner(settings: "Settings") -> AsyncIterator[S3Presigner]:
    """Sign for the address at which clients reach the bucket."""
    address = settings.s3_public_endpoint_url or settings.s3_endpoint_url
    async with open_client(settings, address, connections=1) as client:
        yield S3Presigner(client, settings.s3_bucket)


def _request(url: str, size_in_bytes: int) -> SignedRequest:
    return SignedRequest(METHOD, url, size_in_bytes, {"Content-Length": str(size_in_bytes)})
