"""How many images pass a filter, nearly: as the planner guesses, or as was seen since."""

import orjson
from cachetools import TTLCache

from shared.db.executor import Borrow
from shared.db.listing import estimate_sql
from shared.db.outlook import Guess
from shared.db.refusals import ListExecutor
from shared.usecases.lists_ports import Selection

GUESSES, GUESSED_FOR_S = 4_096, 60.0


class Guesses(ListExecutor):
    """Asks the planner, and remembers for a minute what it said or what was seen."""

    def __init__(self, borrow: Borrow) -> None:
        super().__init__(borrow)
        self._known: TTLCache[int, Guess] = TTLCache(GUESSES, GUESSED_FOR_S)

    async def of(self, tenant_id: int, selection: Selection, cdn_base: str) -> Guess:
        """Return one of less than a minute ago: a list's next pages need none of their own."""
        key = _key(tenant_id, selection)
        if (known := self._known.get(key)) is not None:
            return known
        rows = await self.estimate(tenant_id, selection, cdn_base)
        self._known[key] = guess = Guess(rows, is_seen=False, most=rows)
        return guess

    def learn(self, tenant_id: int, selection: Selection, rows: int) -> None:
        """Remember what was seen instead of what was guessed."""
        key = _key(tenant_id, selection)
        known = self._known.get(key)
        most = max(rows, known.most if known else 0)
        self._known[key] = Guess(rows, is_seen=True, most=most)

    async def estimate(self, tenant_id: int, selection: Selection, cdn_base: str) -> int:
        """Return about how many rows pass, as the planner guesses."""
        plan = await self.read_one(*estimate_sql(tenant_id, selection, cdn_base))
        return int(orjson.loads(plan[0])[0]["Plan"]["Plan Rows"])


def _key(tenant_id: int, selection: Selection) -> int:
    """Return what a guess is known by, which takes little room: another's leads a longer way."""
    return hash((tenant_id, selection))
