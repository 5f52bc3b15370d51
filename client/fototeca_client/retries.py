"""How often and how long a call is tried."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from fototeca_client.errors import FototecaError

T = TypeVar("T")

ASKED_TO_WAIT = frozenset({409, 429, 503})
"""Tried again where the service says when: a 409 without Retry-After is final."""
PASSING = frozenset({502, 504})
"""From what stands between: tried again in any case."""
PASSING_OF_S3 = PASSING | {500, 503}
"""S3 has those who meet its internal errors try again; an object sent twice is there once."""


@dataclass(frozen=True, slots=True)
class Retries:
    """At most `tries` in all; pauses double from `first_s` up to `longest_s`, in seconds.

    A service that asks to wait longer than `longest_s` is not asked again.
    """

    tries: int = 8
    first_s: float = 0.25
    longest_s: float = 30.0

    def pause_s(self, failures: int, asked_s: float | None) -> float | None:
        """Return how long to wait after so many failures; None to give up."""
        if failures >= self.tries:
            return None
        if asked_s is not None:
            return None if asked_s > self.longest_s else asked_s * random.uniform(1, 1.25)  # noqa: S311
        longest = min(self.longest_s, self.first_s * 2.0 ** (failures - 1))
        return longest * random.uniform(0.5, 1)  # noqa: S311 -- so that not all come at once


class PassingError(Exception):
    """A failure that the next try may not meet; `asked_s` is what the service asked to wait."""

    def __init__(self, failure: FototecaError, asked_s: float | None = None) -> None:
        super().__init__(str(failure))
        self.failure = failure
        self.asked_s = asked_s


async def persist(once: Callable[[], Awaitable[T]], retries: Retries) -> T:
    """Try until it succeeds, or fails for good, or has failed too often."""
    failures = 0
    while True:
        try:
            return await once()
        except PassingError as passing:
            failures += 1
            pause_s = retries.pause_s(failures, passing.asked_s)
            if pause_s is None:
                raise passing.failure from passing.__cause__
        await asyncio.sleep(pause_s)


def may_pass(status: int, asked_s: float | None, passing: Collection[int]) -> bool:
    """Whether the same request may succeed later."""
    return status in passing or (status in ASKED_TO_WAIT and asked_s is not None)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After, seconds or a date (RFC 9110, section 10.2.3); None where it is neither."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
