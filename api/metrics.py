"""Prometheus metrics: the API's own, and what Postgres and the workers say, at each scrape."""

import asyncio
import os
from bisect import bisect_left
from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.metrics_core import CounterMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from api.shared_folder import SHARED_FOLDER
from shared.usecases.access.ports import WorkerReport
from shared.usecases.editing.images_ports import QueueDepth
from shared.usecases.events.ports import Lag

ALIVE_S = 15.0
"""A worker that was silent for longer counts as gone."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What Postgres says at a scrape, each by itself: None where it does not."""

    depth: QueueDepth | None
    lag: Lag | None
    workers: Sequence[WorkerReport] | None

    @property
    def is_answered(self) -> bool:
        """Whether Postgres said anything."""
        return any(part is not None for part in (self.depth, self.lag, self.workers))


class ApiMetrics:
    """Counts requests; labels are method, route pattern and status, all bounded.

    Those of one turn of the event loop are added up together, at its end: one by one they were
    measured to take a twentieth of a look-up's time where several processes count.
    """

    def __init__(self) -> None:
        self._seen: list[tuple[tuple[str, str, int], float]] = []
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "fototeca_http_requests",
            "Requests answered.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "fototeca_http_request_seconds",
            "From the request's head to the end of the answer.",
            ["method", "route"],
            registry=self.registry,
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        if not self._seen:
            asyncio.get_running_loop().call_soon(self._add_up)
        self._seen.append(((method, route, status), seconds))

    def _add_up(self) -> None:
        seen, self._seen = self._seen, []
        by_labels: defaultdict[tuple[str, str, int], list[float]] = defaultdict(list)
        for labels, seconds in seen:
            by_labels[labels].append(seconds)
        for labels, times in by_labels.items():
            requests, timing = self._children(*labels)
            requests.inc(len(times))
            _observe(timing, times)

    @cache  # noqa: B019 there is one of us, and few labels; to find a child anew takes longest
    def _children(self, method: str, route: str, status: int) -> tuple[Counter, Histogram]:
        return self.requests.labels(method, route, status), self.seconds.labels(method, route)

    def render(self, backlog: Backlog) -> bytes:
        """Return the exposition text."""
        self._add_up()
        snapshot = CollectorRegistry()
        snapshot.register(_Reachability(is_up=backlog.is_answered))
        snapshot.register(_Snapshot(backlog))
        return self._own() + generate_latest(snapshot)

    def _own(self) -> bytes:
        """Return what this process counted, or all processes of this API did."""
        if SHARED_FOLDER not in os.environ:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)


def _observe(timing: Histogram, times: Sequence[float]) -> None:
    """Do what `Histogram.observe` does for each, but add only once to the sum and to a bucket."""
    timing._sum.inc(sum(times))  # noqa: SLF001 it has no public way to take several
    bounds, buckets = timing._upper_bounds, timing._buckets  # noqa: SLF001
    for place, count in Tally(bisect_left(bounds, seconds) for seconds in times).items():
        buckets[place].inc(count)


class _Reachability(Collector):
    def __init__(self, *, is_up: bool) -> None:
        self._is_up = is_up

    def collect(self) -> Iterable[Metric]:
        """Yield whether the rest could be read."""
        yield GaugeMetricFamily(
            "fototeca_postgres_up",
            "Whether Postgres answered this scrape; what it says is left out where not.",
            value=self._is_up,
        )


class _Snapshot(Collector):
    def __init__(self, backlog: Backlog) -> None:
        self._backlog = backlog

    def collect(self) -> Iterable[Metric]:
        """Yield what was read from Postgres just now."""
        if self._backlog.depth is not None:
            yield from _of_queue(self._backlog.depth)
        if self._backlog.lag is not None:
            yield from _of_news(self._backlog.lag)
        if self._backlog.workers is not None:
            yield from _of_workers(self._backlog.workers)


def _of_queue(depth: QueueDepth) -> Iterable[Metric]:
    yield GaugeMetricFamily(
        "fototeca_queue_depth",
        "Images in Up or Re, counted to 10,000: that value means so many or more.",
        value=depth.depth,
    )
    yield GaugeMetricFamily(
        "fototeca_queue_age_seconds",
        "Age of the oldest of those counted; beyond 10,000 an approximation.",
        value=depth.age_s,
    )
    yield GaugeMetricFamily(
        "fototeca_waiting_for_storage",
        "Of those counted, images that wait for storage for over an hour.",
        value=depth.waiting_for_storage,
    )


def _of_news(lag: Lag) -> Iterable[Metric]:
    yield GaugeMetricFamily(
        "fototeca_outbox_age_seconds",
        "Age of the oldest event that the relay has not numbered yet, 0 where there is none.",
        value=lag.unnumbered_s,
    )
    yield GaugeMetricFamily(
        "fototeca_webhooks_age_seconds",
        "Age of the oldest event that a webhook waits for, 0 where there is none; an approximation "
        "where it is far behind and asks for few types.",
        value=lag.undelivered_s,
    )


def _of_workers(workers: Sequence[WorkerReport]) -> Iterable[Metric]:
    alive = sum(worker.age_s < ALIVE_S for worker in workers)
    yield GaugeMetricFamily("fototeca_workers", "Workers alive.", value=alive)
    yield from _totals(workers)


def _totals(workers: Sequence[WorkerReport]) -> Iterable[Metric]:
    outcomes = CounterMetricFamily(
        "fototeca_outcomes", "Attempts by outcome.", labels=["worker", "outcome"]
    )
    decode = HistogramMetricFamily(
        "fototeca_decode_seconds", "Time in the decoder.", labels=["worker"]
    )
    for worker in workers:
        name = str(worker.worker_id)
        for outcome, count in worker.report["outcomes"].items():
            outcomes.add_metric([name, outcome], count)
        seconds = worker.report["decode_seconds"]
        buckets = [(str(bound), count) for bound, count in seconds["buckets"]]
        decode.add_metric([name], buckets=buckets, sum_value=seconds["sum"])
    yield outcomes
    yield decode
