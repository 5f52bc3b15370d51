"""What goes on for ever ends when it is told to, whatever was lost just then."""

import asyncio
from typing import NoReturn

import pytest

from shared.domain.errors import UnavailableError
from worker.rounds import begun, repeat


@pytest.mark.parametrize("error", [UnavailableError("Postgres is away."), RuntimeError("a bug")])
async def test_a_round_whose_cancellation_an_error_swallows_ends_with_the_others(
    error: Exception,
) -> None:
    asked = asyncio.Event()

    async def ask() -> NoReturn:
        asked.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            raise error

    async with asyncio.timeout(60):
        async with begun([repeat("other", asyncio.Event().wait, 0), repeat("ask", ask, 0)]) as both:
            await asked.wait()
        assert [task.cancelled() for task in both] == [True, True]
