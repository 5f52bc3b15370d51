"""Requests to URLs that users gave: checked at every hop, bounded in time and bytes.

The only entrance to `shared.outgoing`: `get` for bytes to fetch, `post` for news to deliver.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from ssl import SSLContext
from typing import Any

from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientSSLError,
    ClientTimeout,
    InvalidURL,
)
from aiohttp.abc import AbstractResolver
from yarl import URL

from shared.domain.errors import (
    SourceForbiddenError,
    SourceNotFoundError,
    SourceRefusedError,
    SourceTooLargeError,
    SourceUnreachableError,
)
from shared.outgoing.addresses import is_public
from shared.outgoing.connections import Resolver, open_session
from shared.outgoing.urls import AllowedHosts, forbidden_address, parse_url, read_url

MAX_REDIRECTS = 5
CHUNK_BYTES = 128 * 1024
CONNECT_S = 10.0
ANSWER_S = 60.0
"""Until the body begins, with all redirects."""
SLOWEST_BYTES_PER_S = 32 * 1024
"""Of a body, on average, once it has had as long as it may be silent."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
_LATER = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Limits:
    """Of a request with its redirects and its body: seconds in all, silent seconds, bytes."""

    total_s: float
    idle_s: float
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What a receiver answered: its status, whatever it is, and its headers."""

    status: int
    headers: Mapping[str, str]


class Outgoing:
    """Reaches public addresses, and the hosts that an operator allows. Close it at the end."""

    def __init__(
        self,
        allowed: AllowedHosts,
        *,
        resolver: AbstractResolver | None = None,
        tls: SSLContext | None = None,
    ) -> None:
        self._allowed = allowed
        self._resolver = resolver or Resolver()
        self._public = open_session(self._resolver, tls, only_public=True)
        self._anywhere = open_session(self._resolver, tls, only_public=False)

    async def close(self) -> None:
        """End every connection."""
        await self._public.close()
        await self._anywhere.close()
        await self._resolver.close()

    async def check(self, url: str) -> None:
        """Look where a URL leads now, without asking anything there.

        Raises SourceForbiddenError, or SourceUnreachableError where its host has no address. What
        is asked for later is checked again.
        """
        target = parse_url(url, self._allowed)
        if target in self._allowed:
            return
        async with _translated(CONNECT_S, asyncio.get_running_loop().time() + CONNECT_S):
            found = await self._resolver.resolve(target.raw_host or "", target.port or 0)
        for each in found:
            if not is_public(each["host"]):
                raise forbidden_address(each["host"])

    @asynccontextmanager
    async def get(self, url: str, limits: Limits) -> AsyncIterator[AsyncIterator[bytes]]:
        """Lend the body behind a URL, in chunks, as it stands there.

        Follows redirects, each checked as the first URL is. Raises an OutgoingError, here or while
        the body is read: SourceUnreachableError is the only one that may pass by itself.
        """
        now = asyncio.get_running_loop().time()
        deadline = now + limits.total_s
        async with _translated(limits.idle_s, min(deadline, now + ANSWER_S)):
            response = await self._follow(parse_url(url, self._allowed), limits)
        async with response:
            _check(response, limits)
            yield _chunks(response, limits, deadline)

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], limits: Limits
    ) -> Reply:
        """Send bytes and return the answer without its body; a redirect is an answer too.

        Raises SourceForbiddenError and SourceUnreachableError.
        """
        target = parse_url(url, self._allowed)
        deadline = asyncio.get_running_loop().time() + limits.total_s
        async with _translated(limits.idle_s, deadline):
            response = await self._ask("POST", target, limits, data=body, headers=headers)
        async with response:
            return Reply(response.status, response.headers)

    async def _follow(self, url: URL, limits: Limits) -> ClientResponse:
        for _ in range(MAX_REDIRECTS + 1):
            response = await self._ask("GET", url, limits)
            if response.status not in _REDIRECTS:
                return response
            response.close()
            url = self._next(url, response.headers.get("Location", ""))
        raise SourceRefusedError(f"It redirects more than {MAX_REDIRECTS} times.")

    def _next(self, url: URL, location: str) -> URL:
        if not location:
            raise SourceRefusedError("It redirects without saying where to.")
        try:
            target = url.join(read_url(location))
        except ValueError as error:
            raise SourceRefusedError("It redirects to what is no URL.") from error
        return parse_url(str(target), self._allowed)

    async def _ask(self, method: str, url: URL, limits: Limits, **extra: Any) -> ClientResponse:  # noqa: ANN401
        timeout = ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=limits.idle_s)
        session = self._session(url)
        return await session.request(method, url, allow_redirects=False, timeout=timeout, **extra)

    def _session(self, url: URL) -> ClientSession:
        return self._anywhere if url in self._allowed else self._public


def _check(response: ClientResponse, limits: Limits) -> None:
    """Refuse an answer that has not the bytes that were asked for."""
    status = response.status
    if status in _GONE:
        raise SourceNotFoundError(f"It answers {status}: there is nothing under this URL.")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _LATER:
        raise SourceUnreachableError(f"It answers {status}.")
    if status != HTTPStatus.OK:
        raise SourceRefusedError(f"It answers {status} instead of 200 with the bytes.")
    coding = response.headers.get("Content-Encoding", "identity")
    if coding.lower() != "identity":
        raise SourceRefusedError("It sends the bytes compressed, which it was asked not to do.")
    if (response.content_length or 0) > limits.max_bytes:
        raise _too_large(limits)


async def _chunks(
    response: ClientResponse, limits: Limits, deadline: float
) -> AsyncGenerator[bytes, None]:
    """Yield what arrives; what its reader does between two chunks is not blamed on the source."""
    size, waited_s, clock = 0, 0.0, asyncio.get_running_loop().time
    while True:
        began = clock()
        async with _translated(limits.idle_s, deadline):
            chunk = await response.content.read(CHUNK_BYTES)
        size += len(chunk)
        waited_s += clock() - began
        if chunk and waited_s > limits.idle_s + size / SLOWEST_BYTES_PER_S:
            raise SourceUnreachableError(f"It sends too slowly: {size} bytes in {waited_s:.0f} s.")
        if size > limits.max_bytes:
            raise _too_large(limits)
        if not chunk:
            return
        yield chunk


def _too_large(limits: Limits) -> SourceTooLargeError:
    return SourceTooLargeError(f"It has more than {limits.max_bytes} bytes, which is the limit.")


@asynccontextmanager
async def _translated(idle_s: float, deadline: float) -> AsyncIterator[None]:
    """Wait until the deadline at most; turn what a request can fail by into the domain's errors."""
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except InvalidURL as error:
        raise SourceForbiddenError("Its host is not spelled as a host is.") from error
    except ClientSSLError as error:
        raise SourceUnreachableError("Its certificate is not valid for it.") from error
    except TimeoutError as error:
        raise SourceUnreachableError(
            f"It was silent for {idle_s:g} seconds, or took far too long in all."
        ) from error
    except (ClientError, OSError) as error:
        raise SourceUnreachableError(f"It does not answer ({type(error).__name__}).") from error
