"""How long each step took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

STEPS = (
    *("check", "open", "metadata", "decode", "colour", "resize", "orient", "watermark", "encode"),
    "describe",
)
"""Of the pipeline, in its order; `encode` includes writing the bytes."""


class Stopwatch:
    """Milliseconds of wall clock for each step, in the order in which they were first taken."""

    def __init__(self) -> None:
        self.step_ms: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count the time in the body towards `name`, however it ends."""
        started = time.perf_counter()
        try:
            yield
        finally:
            elapsed_ms = (time.perf_counter() - started) * 1000
            self.step_ms[name] = self.step_ms.get(name, 0) + elapsed_ms
