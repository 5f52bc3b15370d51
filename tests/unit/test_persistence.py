"""What has to be done is done to its end, however often its waiter is cancelled."""

import asyncio

import pytest

from shared.usecases.persistence import to_its_end


async def test_a_cancellation_is_heard_after_the_end() -> None:
    going, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await going.wait()
        ended.set()

    waiting = asyncio.create_task(to_its_end(work()))
    for _ in range(3):
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.sleep(0)
        assert not waiting.done()
    going.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended.is_set()


async def test_a_failure_is_heard() -> None:
    async def work() -> None:
        raise ValueError("inside")

    with pytest.raises(ValueError, match="inside"):
        await to_its_end(work())
