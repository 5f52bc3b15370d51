"""How much of all images a tenant has: what a list does best depends on it."""

import time
from typing import NamedTuple

from shared.db.executor import Borrow, Executor

KNOWN_FOR_S = 60.0

LARGE = 1 / 8
"""With more than this part of all images, little is found in vain among all tenants' images."""

UNSEEN = 4e-4
"""Postgres says one in ten thousand of patterns, and three of words, with its usual samples."""


class Share(NamedTuple):
    """A tenant's part of all images, and how many these are: nearly, and 0 where it has few."""

    part: float = 0.0
    images: float = 0.0

    @property
    def unseen(self) -> int:
        """At most so many the planner expects of what it has not seen in its samples."""
        return int(self.images * UNSEEN)

    @property
    def is_large(self) -> bool:
        """Whether it is quicker to look through all tenants' images for something rare."""
        return self.part > LARGE


class ShareReader(Executor):
    """Reads all shares at once, at most as many as Postgres samples, and remembers them."""

    def __init__(self, borrow: Borrow) -> None:
        super().__init__(borrow)
        self._shares: dict[int, Share] = {}
        self._known_until = 0.0

    async def share_of(self, tenant_id: int) -> Share:
        """Return a tenant's share, as it was a minute ago or later."""
        if time.monotonic() > self._known_until:
            rows = await self.rows("image_shares")
            self._shares = {row["tenant_id"]: Share(row["part"], row["images"]) for row in rows}
            self._known_until = time.monotonic() + KNOWN_FOR_S
        return self._shares.get(tenant_id, Share())
