"""Prometheus metrics: the API's own, and what Postgres and the workers say, at each scrape."""

from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.metrics_core import CounterMetricFamily
from prometheus_client.registry import Collector

from shared.usecases.ports import QueueDepth, WorkerReport

ALIVE_S = 15.0
"""A worker that was silent for longer counts as gone."""


class ApiMetrics:
    """Counts requests; labels are method, route pattern and status, all bounded."""

    def __init__(self) -> None:
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
        self.requests.labels(method, route, status).inc()
        self.seconds.labels(method, route).observe(seconds)

    def render(self, depth: QueueDepth, workers: Sequence[WorkerReport]) -> bytes:
        """Return the exposition text."""
        snapshot = CollectorRegistry()
        snapshot.register(_Snapshot(depth, workers))
        return generate_latest(self.registry) + generate_latest(snapshot)


class _Snapshot(Collector):
    def __init__(self, depth: QueueDepth, workers: Sequence[WorkerReport]) -> None:
        self._depth = depth
        self._workers = workers

    def collect(self) -> Iterable[Metric]:
        """Yield what was read from Postgres just now."""
        yield GaugeMetricFamily(
            "fototeca_queue_depth", "Images in Up or Re, to 10,000.", value=self._depth.depth
        )
        yield GaugeMetricFamily(
            "fototeca_queue_age_seconds", "Age of the oldest of them.", value=self._depth.age_s
        )
        yield GaugeMetricFamily(
            "fototeca_waiting_for_storage",
            "Images that wait for storage for over an hour.",
            value=self._depth.waiting_for_storage,
        )
        alive = sum(worker.age_s < ALIVE_S for worker in self._workers)
        yield GaugeMetricFamily("fototeca_workers", "Workers alive.", value=alive)
        yield from self._totals()

    def _totals(self) -> Iterable[Metric]:
        outcomes = CounterMetricFamily(
            "fototeca_outcomes", "Attempts by outcome.", labels=["worker", "outcome"]
        )
        decode = HistogramMetricFamily(
            "fototeca_decode_seconds", "Time in the decoder.", labels=["worker"]
        )
        for worker in self._workers:
            name = str(worker.worker_id)
            for outcome, count in worker.report["outcomes"].items():
                outcomes.add_metric([name, outcome], count)
            seconds = worker.report["decode_seconds"]
            buckets = [(str(bound), count) for bound, count in seconds["buckets"]]
            decode.add_metric([name], buckets=buckets, sum_value=seconds["sum"])
        yield outcomes
        yield decode
