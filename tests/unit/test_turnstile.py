"""A turnstile lets so many in, and sends away who has waited long enough."""

import pytest

from api.turnstile import Turnstile
from shared.domain.errors import UnavailableError


async def test_who_waits_too_long_is_told_to_come_again() -> None:
    turnstile = Turnstile(1, 0.01)
    async with turnstile.place():
        with pytest.raises(UnavailableError) as refusal:
            async with turnstile.place():
                pytest.fail("there was no place")
    assert refusal.value.retry_after_s
    async with turnstile.place():
        pass


async def test_a_failure_gives_its_place_back() -> None:
    turnstile = Turnstile(1, 0.01)
    for _ in range(3):
        with pytest.raises(ValueError, match="inside"):
            async with turnstile.place():
                raise ValueError("inside")
