"""The pool of decoders: what it makes, and when it starts and ends children."""

import asyncio
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from shared.settings import Settings
from tests.bucket import Bucket
from tests.decoding import SLOW, SMALL, Desk, kill_each, pool, until
from tests.unit.imaging.embedding import dataset, packet, photograph, with_iim
from worker.imaging.configuration import limits_of
from worker.imaging.decoders import BadPicture, DecodersClosed, Recipe
from worker.imaging.pipeline import make_thumbnails
from worker.running import work


async def test_a_child_makes_what_this_process_makes(tmp_path: Path) -> None:
    async with pool() as decoders:
        there = await Desk(tmp_path, decoders).make(SMALL)
    (tmp_path / "source").write_bytes(SMALL)
    here = make_thumbnails(tmp_path / "source", tmp_path, Recipe())
    assert [made.sha256 for made in there.renditions] == [made.sha256 for made in here.renditions]
    assert (there.width, there.height, there.file_type) == (640, 480, "jpg")
    assert all(made.path.stat().st_size == made.size_in_bytes for made in there.renditions)


@pytest.mark.parametrize(
    ("escape", "charset", "headline"),
    [
        (b"", "cp1252", "Größe à Paris"),
        (b"", "latin-1", "Größe à Paris"),
        (b"", "utf-8", "Größe à Paris"),
        (b"\x1b-L", "iso8859-5", "Київ"),
    ],
)
async def test_a_child_reads_texts_of_any_age(
    escape: bytes, charset: str, headline: str, tmp_path: Path
) -> None:
    """Its charsets were loaded in time: it runs as a user who may be kept from Python's files."""
    data = dataset(90, escape, 1) + dataset(105, headline.encode(charset))
    async with pool(1) as decoders:
        made = await Desk(tmp_path, decoders).make(with_iim(photograph(), data))
    assert made.metadata == {"headline": headline}


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16"])
async def test_a_child_reads_xmp_with_a_byte_order_mark(charset: str, tmp_path: Path) -> None:
    headline = packet("<photoshop:Headline>Größe</photoshop:Headline>").decode().encode(charset)
    async with pool(1) as decoders:
        made = await Desk(tmp_path, decoders).make(photograph(xmp=headline))
    assert made.metadata == {"headline": "Größe"}


async def test_a_bad_picture_is_a_verdict_and_costs_no_process(tmp_path: Path) -> None:
    async with pool(1) as decoders:
        desk = Desk(tmp_path, decoders)
        await desk.make(SMALL)
        before = decoders.pids
        with pytest.raises(BadPicture) as caught:
            await desk.make(SMALL[:1000])
        assert caught.value.reason == "truncated"
        assert decoders.pids == before


async def test_a_process_is_ready_before_the_first_picture(tmp_path: Path) -> None:
    async with pool(1) as decoders:
        await decoders.warm_up()
        before = decoders.pids
        await Desk(tmp_path, decoders).make(SMALL)
        assert len(before) == 1
        assert decoders.pids == before


async def test_a_worker_that_cannot_decode_does_not_begin(
    settings: Settings, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bucket.name == settings.s3_bucket
    cannot_start = replace(limits_of(settings), niceness=1)  # no other test has kept such ones
    monkeypatch.setattr("worker.settings.limits_of", lambda _: cannot_start)
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(OSError, match="did not start"):
        await work(settings, asyncio.Event())


async def test_decoders_are_recycled(tmp_path: Path) -> None:
    async with pool(1, recycle_after=2) as decoders:
        desk = Desk(tmp_path, decoders)
        seen = []
        for _ in range(5):
            making = asyncio.create_task(desk.make(SMALL))
            await until(lambda: bool(decoders.pids))
            seen.append(decoders.pids[0])
            await making
        assert seen[0] == seen[1] != seen[2] == seen[3] != seen[4]


async def test_cancelling_ends_the_work(tmp_path: Path) -> None:
    async with pool(1) as decoders:
        desk = Desk(tmp_path, decoders)
        making = asyncio.create_task(desk.make(SLOW))
        await until(lambda: bool(decoders.pids))
        (pid,) = decoders.pids
        making.cancel()
        with pytest.raises(asyncio.CancelledError):
            await making
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        assert (await desk.make(SMALL)).width == 640


async def test_cancelling_one_that_waits_disturbs_nobody(tmp_path: Path) -> None:
    async with pool(1) as decoders:
        desk = Desk(tmp_path, decoders)
        first, second, third = (asyncio.create_task(desk.make(SMALL)) for _ in range(3))
        await asyncio.sleep(0)
        second.cancel()
        assert (await first).width == (await third).width == 640


async def test_closing_is_quick_and_judges_nothing(tmp_path: Path) -> None:
    async with pool(2) as decoders:
        desk = Desk(tmp_path, decoders)
        making = [asyncio.create_task(desk.make(SLOW)) for _ in range(4)]
        pids = await kill_each(decoders, 2, signal.SIGSTOP)
        async with asyncio.timeout(30):  # half of what one that does not answer is given
            await decoders.close()
        results = await asyncio.gather(*making, return_exceptions=True)
        assert [type(result) for result in results] == [DecodersClosed] * 4
        assert decoders.pids == []
        for pid in pids:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)


async def test_the_loop_is_never_blocked(tmp_path: Path) -> None:
    async with pool(1) as decoders:
        desk = Desk(tmp_path, decoders)
        await desk.make(SMALL)
        making = asyncio.create_task(desk.make(SLOW))
        longest, last = 0.0, time.monotonic()
        while not making.done():
            await asyncio.sleep(0)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        assert (await making).decode_seconds > longest
