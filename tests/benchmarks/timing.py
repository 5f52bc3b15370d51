"""Times of one query at several sizes, taken in turns so that noise meets all of them alike."""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from tests.benchmarks.caller import Reply

WARM_UPS = 3
ROUNDS = 40
ENOUGH_MS = 5_000.0
"""What takes longer than this altogether is slow beyond doubt: five times will do."""
FEWEST = 5
SLOW_MS = 500.0
"""What takes longer at first is not asked in vain again and again."""


@dataclass(slots=True)
class Times:
    """Milliseconds of answers, and the status and the rows of the last one."""

    spent_ms: list[float] = field(default_factory=list)
    status: int = HTTPStatus.OK
    rows: int = 0

    def add(self, reply: Reply) -> None:
        """Take an answer's time."""
        self.spent_ms.append(reply.spent_ms)
        self.status = max(self.status, reply.status)

    @property
    def median_ms(self) -> float:
        """The middle time."""
        return statistics.median(self.spent_ms)

    @property
    def p95_ms(self) -> float:
        """The time that 95 of a hundred keep to."""
        ordered = sorted(self.spent_ms)
        return ordered[max(0, -(-len(ordered) * 95 // 100) - 1)]

    @property
    def is_enough(self) -> bool:
        """Whether more requests would tell nothing new."""
        return len(self.spent_ms) >= FEWEST and sum(self.spent_ms) > ENOUGH_MS


def take_times(requests: Mapping[str, Callable[[], Reply]]) -> dict[str, Times]:
    """Send every request `ROUNDS` times, one after the other in each round."""
    times = {name: Times() for name in requests}
    for name, request in requests.items():
        reply = request()
        for _ in range(WARM_UPS if reply.spent_ms < SLOW_MS else 0):
            reply = request()
        if reply.status == HTTPStatus.OK:
            times[name].rows = len(reply.json["value"])
    for _ in range(ROUNDS):
        for name, request in requests.items():
            if not times[name].is_enough:
                times[name].add(request())
    return times
