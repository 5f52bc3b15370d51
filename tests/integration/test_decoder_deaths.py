"""No death of a decoder can wedge the pool, and none is held against a picture the first time."""

import asyncio
import os
import signal
from collections.abc import Awaitable
from pathlib import Path

import pytest

from tests.decoding import SLOW, SMALL, Desk, kill_each, pool, until
from worker.imaging.decoders import DecoderFailed, Picture
from worker.imaging.report import DRAWING_CPU_S


async def test_a_decoder_that_is_killed_is_replaced_and_the_picture_made(tmp_path: Path) -> None:
    async with pool(1) as decoders:
        making = asyncio.create_task(Desk(tmp_path, decoders).make(SLOW))
        killed = await kill_each(decoders, 1)
        assert (await making).width == 10_000
        assert not killed & set(decoders.pids)


async def test_a_picture_that_ends_each_decoder_is_crashed(tmp_path: Path) -> None:
    async with pool(1) as decoders:
        desk = Desk(tmp_path, decoders)
        making = asyncio.create_task(desk.make(SLOW))
        killed = await kill_each(decoders, 2)
        with pytest.raises(DecoderFailed) as caught:
            await making
        assert (caught.value.reason, len(killed)) == ("crashed", 2)
        assert (await desk.make(SMALL)).width == 640


async def test_the_second_try_has_the_pool_to_itself(tmp_path: Path) -> None:
    async with pool(2) as decoders:
        desk = Desk(tmp_path, decoders)
        first = asyncio.create_task(desk.make(SLOW))
        (spent,) = await kill_each(decoders, 1, signal.SIGSTOP)
        second = asyncio.create_task(desk.make(SLOW))
        await until(lambda: len(decoders.pids) == 2)
        others = set(decoders.pids)
        os.kill(spent, signal.SIGKILL)
        os.kill(spent, signal.SIGCONT)
        await until(lambda: bool(set(decoders.pids) - others))
        assert len(decoders.pids) == 1
        assert second.done()
        assert (await first).width == 10_000


async def test_a_decoder_that_hangs_twice_is_a_timeout(tmp_path: Path) -> None:
    async with pool(1, timeout_s=2) as decoders:
        desk = Desk(tmp_path, decoders)
        making = asyncio.create_task(desk.make(SLOW))
        await kill_each(decoders, 2, signal.SIGSTOP)
        with pytest.raises(DecoderFailed) as caught:
            await making
        assert caught.value.reason == "timeout"
        assert "2 s" in caught.value.detail
        assert (await desk.make(SMALL)).width == 640


async def test_a_decoder_that_used_up_its_processor_time_is_a_timeout_at_once(
    tmp_path: Path,
) -> None:
    async with pool(1) as decoders:
        making = asyncio.create_task(Desk(tmp_path, decoders).make(SLOW))
        await kill_each(decoders, 1, signal.SIGXCPU)
        with pytest.raises(DecoderFailed) as caught:
            await making
        assert caught.value.reason == "timeout"


async def test_a_small_drawing_that_asks_for_hours_is_a_timeout_in_seconds(tmp_path: Path) -> None:
    blurs = "<feTurbulence numOctaves='99'/><feGaussianBlur stdDeviation='300'/>" * 500
    body = f"<filter id='f'>{blurs}</filter><g filter='url(#f)'><path d='M0 0h999v999z'/></g>"
    drawing = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1200 1200'>{body}</svg>"
    async with pool(1) as decoders:
        desk = Desk(tmp_path, decoders)
        before = os.times().children_user
        with pytest.raises(DecoderFailed) as caught:
            await desk.make(drawing.encode())
        assert os.times().children_user - before < 2 * DRAWING_CPU_S
        assert caught.value.reason == "timeout"
        assert (await desk.make(SMALL)).width == 640


async def test_fifty_pictures_are_made_while_decoders_are_being_killed(tmp_path: Path) -> None:
    async with pool(4) as decoders:
        desk = Desk(tmp_path, decoders)
        making = [asyncio.create_task(_made_or_crashed(desk.make(SMALL))) for _ in range(50)]
        await kill_each(decoders, 15)
        done = await asyncio.gather(*making)
        assert done.count("made") >= 50 - 15 // 2
        assert set(done) <= {"made", "crashed"}
        assert await _made_or_crashed(desk.make(SMALL)) == "made"


async def _made_or_crashed(making: Awaitable[Picture]) -> str:
    try:
        await making
    except DecoderFailed as failed:
        return failed.reason
    return "made"


async def test_a_decoder_that_died_while_idle_costs_nothing(tmp_path: Path) -> None:
    async with pool(1) as decoders:
        desk = Desk(tmp_path, decoders)
        await desk.make(SMALL)
        (idle,) = decoders.pids
        os.kill(idle, signal.SIGKILL)
        assert (await desk.make(SMALL)).width == 640
        assert decoders.pids != [idle]
