"""The one place where S3's failures become the domain's."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError

from shared.domain.errors import (
    ObjectMissingError,
    StorageRefusedError,
    StorageUnavailableError,
)

_MISSING = frozenset({"NoSuchKey", "NoSuchUpload", "404", "NotFound"})
_BUSY = frozenset({"SlowDown", "RequestTimeout", "Throttling", "InternalError", "503"})


@contextmanager
def translated(key: str) -> Iterator[None]:
    """Tell what is not there from what does not answer and from what S3 refuses."""
    try:
        yield
    except ClientError as error:
        raise _refusal(error, key) from error
    except (BotoCoreError, aiohttp.ClientError, OSError, TimeoutError) as error:
        raise StorageUnavailableError(
            f"The storage does not answer ({type(error).__name__}); try again in a moment.",
            retry_after_s=5,
        ) from error


@asynccontextmanager
async def answered(key: str, within_s: float) -> AsyncIterator[None]:
    """Translate, and give up on a server that has not answered within so many seconds.

    aiohttp's own limits do not cover a server that accepts the connection and then says nothing:
    its clock for reading starts after the body, and a body that asks first (botocore sends
    `Expect: 100-continue`) is never sent.
    """
    with translated(key):
        async with asyncio.timeout(within_s):
            yield


def _refusal(error: ClientError, key: str) -> Exception:
    code = error.response.get("Error", {}).get("Code", "")
    http = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _MISSING:
        return ObjectMissingError(key)
    if code == "NoSuchBucket":
        return StorageUnavailableError(f"The storage has no bucket for {key}.", retry_after_s=5)
    if http >= HTTPStatus.INTERNAL_SERVER_ERROR or http == HTTPStatus.TOO_MANY_REQUESTS:
        return StorageUnavailableError(
            "The storage is overloaded; try again in a moment.", retry_after_s=5
        )
    if code in _BUSY:
        return StorageUnavailableError(
            "The storage is overloaded; try again in a moment.", retry_after_s=5
        )
    return StorageRefusedError(f"The storage refused {key}: {code}.")
