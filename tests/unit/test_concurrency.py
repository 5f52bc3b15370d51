"""A concurrency limit lets so many in, and refuses those who have waited long enough."""

import pytest

from api.concurrency import ConcurrencyLimit
from shared.domain.errors import UnavailableError


async def test_who_waits_too_long_is_told_to_come_again() -> None:
    limit = ConcurrencyLimit(1, 0.01)
    async with limit.place():
        with pytest.raises(UnavailableError) as refusal:
            async with limit.place():
                pytest.fail("there was no place")
    assert refusal.value.retry_after_s
    async with limit.place():
        pass


async def test_a_failure_gives_its_place_back() -> None:
    limit = ConcurrencyLimit(1, 0.01)
    for _ in range(3):
        with pytest.raises(ValueError, match="inside"):
            async with limit.place():
                raise ValueError("inside")
