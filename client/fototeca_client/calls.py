"""Calls to the service: one place for the key, time limits, and answers that are errors."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientSSLError,
    ClientTimeout,
    InvalidURL,
    TCPConnector,
)
from yarl import URL

from fototeca_client.body import Body
from fototeca_client.errors import NoAnswerError, problem_error
from fototeca_client.retries import (
    PASSING,
    PASSING_OF_S3,
    PassingError,
    Retries,
    may_pass,
    persist,
    retry_after_s,
)

CONNECT_S = 15.0
SILENCE_S = 120.0
"""No answer, or no byte taken, for so long: the connection is given up."""
ASK_FIRST_BYTES = 1024 * 1024
"""From here on a body is sent once the service has said that it wants it (Expect)."""

HOPELESS = (InvalidURL, ClientSSLError)
LOST = (ClientError, TimeoutError, ConnectionError)
"""What aiohttp raises where a connection fails; a file's own OSErrors are not among them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A success, read to its end. `was_lost`: an earlier try may have taken effect unheard."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    was_lost: bool = False

    @property
    def json(self) -> Any:  # noqa: ANN401 -- as it came
        """The body, read."""
        return json.loads(self.body)


class Calls:
    """Sends requests with a key to one service, over at most `connections` connections."""

    def __init__(self, url: str, key: str, retries: Retries, connections: int) -> None:
        self._base = url.rstrip("/")
        self._headers = {"X-API-KEY": key, "User-Agent": "fototeca-client"}
        self._connections = connections
        self._session: ClientSession | None = None
        self.retries = retries

    @property
    def session(self) -> ClientSession:
        """The connections; they are opened with the first call, in the loop that makes it."""
        if self._session is None:
            timeout = ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=SILENCE_S)
            connector = TCPConnector(limit=self._connections)
            self._session = ClientSession(timeout=timeout, connector=connector, trust_env=True)
            # aiohttp would itself try again, once, unheard: with a body that has been sent already,
            # and so that nobody knew of the lost answer. It has no public name for this.
            self._session._retry_connection = False  # noqa: SLF001
        return self._session

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    async def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Body | bytes | None = None,
    ) -> Answer:
        """Send a request until it is answered for good; `path` is percent-encoded already."""
        return await self._persist(
            method, self._base + path, {**self._headers, **(headers or {})}, body
        )

    async def hand_over(
        self, method: str, url: str, headers: Mapping[str, str], body: Body
    ) -> Answer:
        """Send a body to where a signed URL says, which needs no key and gets none."""
        return await self._persist(method, url, headers, body, PASSING_OF_S3)

    async def _persist(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Body | bytes | None,
        passing: Collection[int] = PASSING,
    ) -> Answer:
        was_lost = False

        async def once() -> Answer:
            nonlocal was_lost
            try:
                answer = await self._once(method, url, headers, body)
            except LOST as error:
                if isinstance(body, Body) and body.error is not None:
                    raise body.error from error
                was_lost = True
                raise lost(str(URL(url).origin()), error) from error
            check(answer.status, answer.headers, answer.body, was_lost=was_lost, passing=passing)
            return replace(answer, was_lost=was_lost)

        return await persist(once, self.retries)

    async def _once(
        self, method: str, url: str, headers: Mapping[str, str], body: Body | bytes | None
    ) -> Answer:
        if not isinstance(body, Body):
            return await self._exchange(method, url, headers, body)
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(SILENCE_S) as deadline:

            def alive() -> None:
                deadline.reschedule(loop.time() + SILENCE_S)

            async with body.opened(alive) as chunks:
                length = {"Content-Length": str(body.size)}
                ask_first = body.size >= ASK_FIRST_BYTES
                return await self._exchange(
                    method, url, {**headers, **length}, chunks, ask_first=ask_first
                )

    async def _exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        data: bytes | AsyncIterator[bytes] | None,
        *,
        ask_first: bool = False,
    ) -> Answer:
        async with self.session.request(
            method,
            URL(url, encoded=True),
            headers=headers,
            data=data,
            expect100=ask_first,
            allow_redirects=False,  # a key is for the service that it was given for
        ) as response:
            return Answer(response.status, response.headers, await response.read())


def lost(place: str, error: Exception) -> Exception:
    """Return what to raise for a connection that failed."""
    failure = NoAnswerError(f"{place} does not answer: {str(error) or type(error).__name__}.")
    return failure if isinstance(error, HOPELESS) else PassingError(failure)


def check(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    was_lost: bool = False,
    passing: Collection[int] = PASSING,
) -> None:
    """Raise what an answer other than a success tells, as passing where it may pass."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    asked_s = retry_after_s(headers)
    failure = problem_error(
        status, _problem(headers, body), retry_after_s=asked_s, was_lost=was_lost
    )
    raise PassingError(failure, asked_s) if may_pass(status, asked_s, passing) else failure


async def check_response(response: ClientResponse) -> None:
    """The same for an answer whose body, if it is a success, is read elsewhere."""
    body = b"" if response.ok else await response.read()
    check(response.status, response.headers, body)


def _problem(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Return the problem that an answer tells; what stands between may send anything."""
    if "json" not in headers.get("Content-Type", ""):
        return {}
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
