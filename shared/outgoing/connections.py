"""The one place where outgoing connections begin, and where their addresses are judged.

What is judged is the address that a socket is made for, after every look-up: no name server can
give another one in between, and a literal address is treated as any other.
"""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ssl import SSLContext

from aiohttp import AddrInfoType, ClientSession, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult

from shared.outgoing.addresses import is_public
from shared.outgoing.urls import forbidden_address

LOOKUPS = 8
"""Names looked up at once. A name server that is silent holds these threads, and no others."""


class Resolver(AbstractResolver):
    """The system's resolver, in threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(LOOKUPS, thread_name_prefix="outgoing")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return every address of a name; raises OSError where it has none."""

        def look_up() -> list[ResolveResult]:
            name = host.encode("ascii")  # text would be coded once more, by rules that raise
            found = socket.getaddrinfo(name, port, family, socket.SOCK_STREAM)
            return [_result(host, port, info[0], str(info[4][0])) for info in found]

        return await asyncio.get_running_loop().run_in_executor(self._threads, look_up)

    async def close(self) -> None:
        """Forget what is still being looked up."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def open_session(
    resolver: AbstractResolver, tls: SSLContext | None, *, only_public: bool
) -> ClientSession:
    """Return a session that follows nothing, keeps nothing and decodes nothing by itself.

    With `only_public`, no socket is made for another address: SourceForbiddenError.
    """
    make: Callable[[AddrInfoType], socket.socket] = public_socket if only_public else any_socket
    connector = TCPConnector(
        resolver=resolver,
        use_dns_cache=False,
        force_close=True,
        happy_eyeballs_delay=None,  # one after the other: a race would lose which rule was broken
        limit=0,
        socket_factory=make,
        ssl=tls or True,
    )
    return ClientSession(
        connector=connector,
        cookie_jar=DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        headers={"User-Agent": "Fototeca", "Accept-Encoding": "identity"},
    )


def public_socket(info: AddrInfoType) -> socket.socket:
    """Make a socket for an address, if it is public."""
    if not is_public(str(info[4][0])):
        raise forbidden_address("Where this leads to")  # users need not learn our names' addresses
    return any_socket(info)


def any_socket(info: AddrInfoType) -> socket.socket:
    """Make a socket for an address."""
    return socket.socket(info[0], info[1], info[2])


def _result(host: str, port: int, family: int, address: str) -> ResolveResult:
    return ResolveResult(
        hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST
    )
