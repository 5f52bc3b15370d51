"""Which TCP ports are free: the only place that chooses one."""

import random
import socket
import sys
from collections.abc import Iterable

from deploy.embedded.failure import StackError

LOOPBACK = "127.0.0.1"
# Below every system's ephemeral range: a client that reconnects to a dead server can then neither
# take its port nor connect to itself.
EMBEDDED_PORTS = range(20000, 30000)
LAST_PORT = 65535


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen on `port` of `host` now."""
    return refusal(port, host) is None


def refusal(port: int, host: str = LOOPBACK) -> OSError | None:
    """Why no server could listen on `port` of `host` now; None if one could."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(1)
        except OSError as error:
            return error
    return None


_held: dict[int, socket.socket] = {}


def hold(port: int) -> bool:
    """Choose a port before anything listens there: no other stack does, until it is released.

    Where the system has no names for that (they are Linux's) two that start at once may collide.
    """
    if port in _held or not sys.platform.startswith("linux"):
        return True
    name = socket.socket(socket.AF_UNIX)
    try:
        name.bind(f"\0fototeca-stack-{port}")
    except OSError:
        name.close()
        return False
    _held[port] = name
    return True


def release() -> None:
    """Let other stacks choose what this process holds."""
    while _held:
        _held.popitem()[1].close()


def next_free(first: int, host: str = LOOPBACK) -> int:
    """Give the first free port from `first` upwards."""
    for port in range(first, LAST_PORT + 1):
        if is_free(port, host):
            return port
    raise StackError(f"no port from {first} upwards is free on {host}")


def choose_embedded(names: Iterable[str], kept: dict[str, int]) -> dict[str, int]:
    """Give every name a loopback port of its own: the kept one while it is still free."""
    chosen: dict[str, int] = {}
    for name in names:
        port = kept.get(name, 0)
        while port not in EMBEDDED_PORTS or port in chosen.values() or not is_free(port):
            port = random.choice(EMBEDDED_PORTS)  # noqa: S311 -- a port is no secret
        chosen[name] = port
    return chosen
