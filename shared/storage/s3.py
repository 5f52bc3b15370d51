"""One S3 bucket, asked only for what every S3 server can do."""

import math
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, BinaryIO

import aioboto3
from aiobotocore.config import AioConfig
from botocore.exceptions import ClientError

from shared.domain.errors import ObjectMissingError, UnavailableError
from shared.storage.failures import answered, translated
from shared.usecases.upkeep.inspection import StoredKey
from shared.usecases.uploads.incoming_ports import StoredPart

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

    from shared.settings import Settings

CHUNK_BYTES = 128 * 1024

ANSWER_S = 60.0
"""For one call with its retry and its body: a part of 8 MiB arrives in time at 1.2 Mbit/s."""

SLOW_CALL_FACTOR = 4
"""Copies and the joining of parts may take so many times as long: S3 answers after the work."""

_UNLISTABLE = frozenset({"NoSuchUpload", "NotImplemented", "MethodNotAllowed", "AccessDenied"})
"""How servers say that there are no uploads in parts (rclone), or that they do not list them."""

_CONFIG = AioConfig(
    signature_version="s3v4",
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    connect_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 2},
    # Signing a body means reading it twice, in the event loop; the worker compares hashes instead.
    s3={"addressing_style": "path", "payload_signing_enabled": False},
)


class S3Storage:
    """See `Storage`. Keys are written once; reading a missing one raises ObjectMissingError."""

    def __init__(
        self, client: "S3Client", slow_client: "S3Client", bucket: str, answer_s: float
    ) -> None:
        self._client = client
        self._slow_client = slow_client
        self._bucket = bucket
        self._answer_s = answer_s

    async def put(self, key: str, source: BinaryIO) -> None:
        async with self._answered(key):
            await self._client.put_object(Bucket=self._bucket, Key=key, Body=source)

    async def begin_multipart(self, key: str) -> str:
        """Begin an upload in parts and return its id.

        Where it took a second try, the first may have begun one too, of which nobody knows.
        """
        async with self._answered(key):
            answer = await self._client.create_multipart_upload(Bucket=self._bucket, Key=key)
        if answer["ResponseMetadata"]["RetryAttempts"]:
            await self.abort_multiparts(key, but=answer["UploadId"])
        return answer["UploadId"]

    async def put_part(self, key: str, multipart_id: str, number: int, source: BinaryIO) -> str:
        async with self._answered(key):
            answer = await self._client.upload_part(
                Bucket=self._bucket,
                Key=key,
                UploadId=multipart_id,
                PartNumber=number,
                Body=source,
            )
        return answer["ETag"]

    async def complete_multipart(self, key: str, multipart_id: str, etags: Sequence[str]) -> None:
        async with answered(key, SLOW_CALL_FACTOR * self._answer_s):
            await self._slow_client.complete_multipart_upload(
                Bucket=self._bucket,
                Key=key,
                UploadId=multipart_id,
                MultipartUpload={
                    "Parts": [
                        {"ETag": etag, "PartNumber": number}
                        for number, etag in enumerate(etags, start=1)
                    ]
                },
            )

    async def parts(self, key: str, multipart_id: str) -> list[StoredPart]:
        """Return what has arrived of an upload in parts, of which there are at most 1,000.

        Raises ObjectMissingError where S3 knows no such upload, or none any more.
        """
        async with self._answered(key):
            answer = await self._client.list_parts(
                Bucket=self._bucket, Key=key, UploadId=multipart_id, MaxParts=1000
            )
        return [
            StoredPart(part["PartNumber"], part["Size"], part["ETag"])
            for part in answer.get("Parts", [])
        ]

    async def abort_multipart(self, key: str, multipart_id: str) -> None:
        """End an upload in parts; one that S3 has forgotten is ended already."""
        try:
            async with self._answered(key):
                await self._client.abort_multipart_upload(
                    Bucket=self._bucket, Key=key, UploadId=multipart_id
                )
        except ObjectMissingError:
            return

    async def abort_multiparts(self, key: str, *, but: str | None = None) -> None:
        """End every upload in parts to a key but one, also those of whose beginning nobody heard.

        Where a server does not list them, what was begun without an answer stays until the
        bucket's own rule for incomplete uploads ends it.
        """
        for multipart_id in await self._multiparts(key):
            if multipart_id != but:
                await self.abort_multipart(key, multipart_id)

    async def _multiparts(self, key: str) -> list[str]:
        async with self._answered(key):
            try:
                answer = await self._client.list_multipart_uploads(Bucket=self._bucket, Prefix=key)
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") in _UNLISTABLE:
                    return []
                raise
        return [item["UploadId"] for item in answer.get("Uploads", []) if item["Key"] == key]

    async def read(
        self, key: str, *, start: int = 0, length: int | None = None
    ) -> AsyncIterator[bytes]:
        """Yield the bytes from `start`, at most `length`.

        A server may ignore the range; one that heeds it says so in Content-Range, whatever its
        status (rclone's is 200).
        """
        ranged = start > 0 or length is not None
        extra: dict[str, Any] = {"Range": _range(start, length)} if ranged else {}
        async with self._answered(key):
            answer = await self._client.get_object(Bucket=self._bucket, Key=key, **extra)
        skip = 0 if answer.get("ContentRange") else start
        async with answer["Body"] as body:
            chunks = body.content.iter_chunked(CHUNK_BYTES)
            async with aclosing(_window(chunks, skip, length)) as window:
                with translated(key):
                    async for chunk in window:
                        yield chunk

    async def copy(self, source: str, target: str) -> None:
        """Copy within the bucket, in one call: at most 5 GiB."""
        async with answered(source, SLOW_CALL_FACTOR * self._answer_s):
            await self._slow_client.copy_object(
                Bucket=self._bucket, Key=target, CopySource={"Bucket": self._bucket, "Key": source}
            )

    async def size_of(self, key: str) -> int | None:
        """Return the size of what is there, in bytes; None where nothing is."""
        try:
            async with self._answered(key):
                answer = await self._client.head_object(Bucket=self._bucket, Key=key)
        except ObjectMissingError:
            return None
        return answer["ContentLength"]

    async def exists(self, key: str) -> bool:
        """Whether S3 lists the key: an answer of its own, not the lack of one."""
        async with self._answered(key):
            answer = await self._client.list_objects_v2(Bucket=self._bucket, Prefix=key, MaxKeys=1)
        return any(item["Key"] == key for item in answer.get("Contents", []))

    async def keys(self, prefix: str) -> AsyncGenerator[StoredKey, None]:
        """Yield what the bucket holds, in pages of S3's own length, in the order of S3."""
        page: dict[str, Any] = {"Bucket": self._bucket, "Prefix": prefix}
        while True:
            async with self._answered(prefix or self._bucket):
                answer = await self._client.list_objects_v2(**page)
            for item in answer.get("Contents", []):
                yield StoredKey(item["Key"], item["Size"], item["LastModified"])
            if not answer.get("IsTruncated"):
                return
            page["ContinuationToken"] = answer["NextContinuationToken"]

    async def delete(self, key: str) -> None:
        """Delete a key; one that is not there is deleted already."""
        try:
            async with self._answered(key):
                await self._client.delete_object(Bucket=self._bucket, Key=key)
        except ObjectMissingError:
            return

    async def ping(self) -> None:
        """Return if the bucket answers, else raise UnavailableError."""
        try:
            async with self._answered(self._bucket):
                await self._client.list_objects_v2(Bucket=self._bucket, Prefix=".ready/", MaxKeys=1)
        except ObjectMissingError as error:
            raise UnavailableError(f"The bucket {self._bucket} does not exist.") from error

    def _answered(self, key: str) -> AbstractAsyncContextManager[None]:
        return answered(key, self._answer_s)


@asynccontextmanager
async def open_storage(
    settings: "Settings", *, connections: int = 64, answer_s: float = ANSWER_S
) -> AsyncIterator[S3Storage]:
    """Open one client with at most so many connections, and close it at the end.

    A call that is not answered within `answer_s` seconds, the wait for a connection included,
    raises UnavailableError.
    """
    url = settings.s3_endpoint_url
    async with (
        open_client(settings, url, connections) as client,
        open_client(
            settings, url, connections, read_timeout_s=SLOW_CALL_FACTOR * ANSWER_S
        ) as slow_client,
    ):
        yield S3Storage(client, slow_client, settings.s3_bucket, answer_s)


def open_client(
    settings: "Settings", endpoint_url: str | None, connections: int, *, read_timeout_s: float = 20
) -> AbstractAsyncContextManager["S3Client"]:
    """Return a client of an S3 server with our credentials, to be entered.

    It waits `read_timeout_s` seconds for each answer's beginning.
    """
    secret, access = settings.aws_secret_access_key, settings.aws_access_key_id
    token = settings.aws_session_token
    session = _session(
        access.get_secret_value() if access else None,
        secret.get_secret_value() if secret else None,
        token.get_secret_value() if token else None,
        settings.aws_region,
    )
    is_plain = (endpoint_url or "").startswith("http://")
    return session.client(
        "s3",
        endpoint_url=endpoint_url,
        verify=False if is_plain else None,  # certificates take long to load, for nothing
        config=_CONFIG.merge(
            AioConfig(max_pool_connections=connections, read_timeout=read_timeout_s)
        ),
    )


@cache
def _session(
    access: str | None, secret: str | None, token: str | None, region: str
) -> aioboto3.Session:
    """Remember the session: reading botocore's description of S3 anew takes 200 ms."""
    return aioboto3.Session(
        aws_access_key_id=access,
        aws_secret_access_key=secret,
        aws_session_token=token,
        region_name=region,
    )


def _range(start: int, length: int | None) -> str:
    return f"bytes={start}-" if length is None else f"bytes={start}-{start + length - 1}"


async def _window(
    chunks: AsyncIterator[bytes], skip: int, length: int | None
) -> AsyncGenerator[bytes, None]:
    left = math.inf if length is None else length
    async for chunk in chunks:
        kept = chunk[skip:] if skip else chunk
        skip = max(0, skip - len(chunk))
        if len(kept) > left:
            kept = kept[: int(left)]
        left -= len(kept)
        if kept:
            yield kept
        if left <= 0:
            return
