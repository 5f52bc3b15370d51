"""The rate limit for wrong keys, tokens and passwords, per client address. Right ones are free."""

import math
import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from cachetools import LRUCache

from shared.domain.errors import TooManyGuessesError

PER_MINUTE = 60
PEERS = 10_000
"""Addresses remembered; the one that was silent longest is forgotten first."""

_PER_S = PER_MINUTE / 60


class GuessLimit:
    """A leaky bucket for each address: it holds `PER_MINUTE` wrong keys and drains in a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: LRUCache[str, tuple[float, float]] = LRUCache(PEERS)

    def count(self, address: str | None) -> None:
        """Count a wrong key; raises TooManyGuessesError while the bucket overflows."""
        peer, now = _peer(address), self._clock()
        level, since = self._buckets.get(peer, (0.0, now))
        level = max(0.0, level - (now - since) * _PER_S) + 1
        self._buckets[peer] = (min(level, PER_MINUTE + 1), now)
        if level > PER_MINUTE:
            raise TooManyGuessesError(
                "Too many wrong keys, tokens or passwords came from your address; wait.",
                retry_after_s=math.ceil((level - PER_MINUTE) / _PER_S),
            )


def _peer(address: str | None) -> str:
    """Return the address, or for IPv6 its /64: one customer usually has all of that network."""
    if address is None:
        return ""
    ip = ip_address(address.partition("%")[0])
    return ip.exploded[:19] if isinstance(ip, IPv6Address) else address
