"""`GET /events`: a tenant's events as a stream, by the HTML standard, section 9.2.

Readers hold no place in memory but that of a page: each reads on from its own number, and whoever
does not read is cut off.
"""

import asyncio
import re
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import hdrs, web

from api.auth import principal_needed
from api.context import LIBRARY, Library
from shared.domain.errors import (
    EventsGoneError,
    InvalidInputError,
    InvalidKeyError,
    TenantDisabledError,
    UnavailableError,
)
from shared.domain.event import Event, EventType
from shared.domain.image import Principal, Role
from shared.usecases.access.keys import authenticate
from shared.usecases.events.watch import Listener

HEARTBEAT_S = 15.0
CHECK_S = 1.0
"""So often the key is looked at; together with the seconds that it is remembered, under 5."""
STUCK_S = 10.0
"""A reader that takes nothing for so long is cut off."""
KERNEL_BYTES = 128 * 1024
"""Send buffer of a stream's socket, instead of megabytes."""
RECONNECT_MS = 2000

LAST_EVENT_ID = "Last-Event-ID"
OPTIONS = ("lastEventId", "types")

HEADERS = {
    hdrs.CONTENT_TYPE: "text/event-stream; charset=utf-8",
    hdrs.CACHE_CONTROL: "no-store",
    "X-Accel-Buffering": "no",  # nginx would keep it back
}

_NUMBER = re.compile(r"[0-9]{1,18}")


def routes() -> list[web.RouteDef]:
    """Return the route."""
    return [web.get("/events", stream_events)]


@principal_needed(Role.READER)
async def stream_events(request: web.Request, principal: Principal) -> web.StreamResponse:
    """`GET /events`, with `Last-Event-ID` and `types`."""
    library = request.app[LIBRARY]
    options = _options(request)
    last_seq = parse_last_id(request.headers.get(LAST_EVENT_ID) or options.get("lastEventId"))
    types = parse_types(options.get("types"))
    seq = await library.events.begin(principal.tenant, last_seq)
    if request.method == hdrs.METH_HEAD:
        return web.Response(headers=HEADERS)
    with library.watch.listening(principal.tenant.id, seq) as listener:
        stream = Stream(request, principal, library, types, listener, seq)
        return await stream.run()


def _options(request: web.Request) -> Mapping[str, str]:
    options = request.rel_url.query
    for name in options:
        if name not in OPTIONS or len(options.getall(name)) > 1:
            raise InvalidInputError(
                f"There are the options {' and '.join(OPTIONS)}, each once.", field=name[:40]
            )
    return options


def parse_last_id(text: str | None) -> int | None:
    """Return the number after which to read; None for from now on."""
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise InvalidInputError(
            "This is no id of an event: send the last one that came, or none for from now on.",
            field=LAST_EVENT_ID,
        )
    return int(text)


def parse_types(text: str | None) -> frozenset[EventType]:
    """Return the types that are asked for."""
    if text is None:
        return frozenset(EventType)
    try:
        return frozenset(EventType(name.strip()) for name in text.split(","))
    except ValueError as error:
        raise InvalidInputError(
            f"types is a list, with commas, of {', '.join(EventType)}.", field="types"
        ) from error


class LeaveError(Exception):
    """Ends the stream; the message goes to the client as a comment."""


@dataclass(slots=True)
class Stream:
    """One reader."""

    request: web.Request
    principal: Principal
    library: Library
    types: frozenset[EventType]
    listener: Listener
    seq: int
    response: web.StreamResponse = field(init=False)
    last_sent: float = field(default=0.0, init=False)

    async def run(self) -> web.StreamResponse:
        """Send past and new events until the client or the service closes the stream."""
        self.response = web.StreamResponse(headers=HEADERS)
        _bound_kernel(self.request.transport)
        await self.response.prepare(self.request)
        try:
            # An id without data is no event, but what a reader resumes from.
            await self._send(f"retry: {RECONNECT_MS}\nid: {self.seq}\n\n")
            while True:
                await self._pour()
                await self.listener.wait(CHECK_S)
                await self._check()
        except LeaveError as error:
            await self._send(f": {error}\n\n")
        except EventsGoneError:
            await self._send("event: resync\ndata: {}\n\n")
        return self.response

    async def _pour(self) -> None:
        """Send all events up to now, page by page; check the key on the way."""
        checked = asyncio.get_running_loop().time()
        while self.seq < self.listener.newest and not self.library.watch.is_closing:
            try:
                page = await self.library.events.after(self.principal.tenant, self.seq)
            except UnavailableError:  # Postgres is away: the next look may find it
                return
            if not page:
                return
            await self._send_page(page)
            self.seq = page[-1].seq
            if asyncio.get_running_loop().time() - checked >= CHECK_S:
                await self._check()
                checked = asyncio.get_running_loop().time()

    async def _send_page(self, page: Sequence[Event]) -> None:
        wanted = [each for each in page if each.type in self.types and each.webhook_id is None]
        if wanted:
            await self._send("".join(map(event_text, wanted)))

    async def _check(self) -> None:
        """Check the key and the connection, and send a comment if it is time for one."""
        if self.library.watch.is_closing:
            raise LeaveError("this server is going away; connect again")
        if self.request.transport is None or self.request.transport.is_closing():
            raise ConnectionResetError
        key = self.request.headers.get("X-API-KEY")
        with suppress(UnavailableError):  # without Postgres nobody can revoke a key either
            try:
                await authenticate(self.library.database, self.library.principals, key)
            except InvalidKeyError as error:
                raise LeaveError("the key was revoked") from error
            except TenantDisabledError as error:
                raise LeaveError("the tenant was disabled") from error
        if asyncio.get_running_loop().time() - self.last_sent >= HEARTBEAT_S:
            await self._send(f": heartbeat\nid: {self.seq}\n\n")

    async def _send(self, text: str) -> None:
        """Write; raises when the client has not read anything for `STUCK_S`."""
        try:
            async with asyncio.timeout(STUCK_S):
                await self.response.write(text.encode())
        except TimeoutError as error:
            if self.request.transport is not None:
                self.request.transport.abort()
            raise ConnectionResetError from error
        self.last_sent = asyncio.get_running_loop().time()


def event_text(event: Event) -> str:
    """Return an event as the stream has it; no payload holds a line break."""
    return f"id: {event.seq}\nevent: {event.type}\ndata: {event.payload}\n\n"


def _bound_kernel(transport: asyncio.Transport | None) -> None:
    """Shrink the kernel's send buffer, so that it does not hold megabytes for each slow client."""
    connection = transport.get_extra_info("socket") if transport is not None else None
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
