"""What this process has done so far, in the form in which it reports it through Postgres."""

from collections import Counter
from typing import Any

BOUNDS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Tally:
    """Counts outcomes and the seconds in the decoder, in cumulative buckets."""

    def __init__(self) -> None:
        self._outcomes: Counter[str] = Counter()
        self._buckets = [0] * (len(BOUNDS_S) + 1)
        self._seconds = 0.0

    def count(self, outcome: str) -> None:
        """Count one attempt."""
        self._outcomes[outcome] += 1

    def decoded(self, seconds: float) -> None:
        """Count one decoded picture."""
        self._seconds += seconds
        self._buckets[sum(seconds > bound for bound in BOUNDS_S)] += 1

    def as_report(self) -> dict[str, Any]:
        """Return outcomes, and a histogram as Prometheus has it."""
        total, buckets = 0, []
        for bound, count in zip([*map(str, BOUNDS_S), "+Inf"], self._buckets, strict=True):
            total += count
            buckets.append([bound, total])
        return {
            "outcomes": dict(self._outcomes),
            "decode_seconds": {"sum": self._seconds, "buckets": buckets},
        }
