"""No file can harm the service, and no death of a decoder can wedge the pool."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from PIL import Image

from tests.unit.imaging.drawing import encoded, noise, png
from worker.imaging.confine import UNPRIVILEGED_ID
from worker.imaging.decoder import environment
from worker.imaging.decoders import (
    BadPicture,
    DecoderFailed,
    Decoders,
    DecodersClosed,
    Limits,
    Picture,
    Recipe,
)
from worker.imaging.pipeline import make_thumbnails

GIBIBYTE = 1 << 30
SMALL = encoded(noise(640, 480), "JPEG")
# Half a second of work and more: 50 million grey pixels out of 50 kB.
SLOW = png(10_000, 5_000, (b"\0" + b"\x7f" * 10_000) * 5_000, colour=0)


@asynccontextmanager
async def pool(
    slots: int = 2,
    *,
    recycle_after: int = 100,
    memory_bytes: int = 3 * GIBIBYTE,
    timeout_s: float = 60,
) -> AsyncIterator[Decoders]:
    limits = Limits(memory_bytes, timeout_s, cpu_s=60, recycle_after=recycle_after)
    decoders = Decoders(slots=slots, limits=limits)
    try:
        yield decoders
    finally:
        await decoders.close()


class Desk:
    """Give each picture a folder of its own, as the worker does."""

    def __init__(self, root: Path, decoders: Decoders) -> None:
        self._root, self._decoders, self._count = root, decoders, 0

    async def make(self, data: bytes) -> Picture:
        """Make thumbnails, or leave the folder as it was."""
        self._count += 1
        folder = self._root / str(self._count)
        folder.mkdir()
        source = folder / "source"
        source.write_bytes(data)
        try:
            return await self._decoders.make_thumbnails(source, folder, Recipe())
        except BaseException:
            assert [path.name for path in folder.iterdir()] == ["source"]
            raise


async def until(holds: Callable[[], bool]) -> None:
    """Let other tasks run until a condition holds; the test's own timeout bounds it."""
    while not holds():  # noqa: ASYNC110 - processes set no asyncio.Event
        await asyncio.sleep(0)


async def kill_each(decoders: Decoders, kills: int, signum: int = signal.SIGKILL) -> set[int]:
    """Send a signal to so many different children, as soon as each is at work."""
    hit: set[int] = set()
    while len(hit) < kills:
        await until(lambda: bool(set(decoders.pids) - hit))
        for pid in set(decoders.pids) - hit:
            with suppress(ProcessLookupError):
                os.kill(pid, signum)
            hit.add(pid)
    return hit


async def test_a_child_makes_what_this_process_makes(tmp_path: Path) -> None:
    async with pool() as decoders:
        there = await Desk(tmp_path, decoders).make(SMALL)
    (tmp_path / "source").write_bytes(SMALL)
    here = make_thumbnails(tmp_path / "source", tmp_path, Recipe())
    assert [made.sha256 for made in there.renditions] == [made.sha256 for made in here.renditions]
    assert (there.width, there.height, there.file_type) == (640, 480, "jpg")
    assert all(made.path.stat().st_size == made.size_in_bytes for made in there.renditions)


async def test_a_bad_picture_is_a_verdict_and_costs_no_process(tmp_path: Path) -> None:
    async with pool(1) as decoders:
        desk = Desk(tmp_path, decoders)
        await desk.make(SMALL)
        before = decoders.pids
        with pytest.raises(BadPicture) as caught:
            await desk.make(SMALL[:1000])
        assert caught.value.reason == "truncated"
        assert decoders.pids == before


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


async def test_the_second_try_after_a_timeout_keeps_nobody_waiting(tmp_path: Path) -> None:
    async with pool(2) as decoders:
        desk = Desk(tmp_path, decoders)
        first = asyncio.create_task(desk.make(SLOW))
        (spent,) = await kill_each(decoders, 1, signal.SIGSTOP)
        second = asyncio.create_task(desk.make(SLOW))
        await until(lambda: len(decoders.pids) == 2)
        (stopped,) = set(decoders.pids) - {spent}
        os.kill(stopped, signal.SIGSTOP)
        os.kill(spent, signal.SIGXCPU)
        os.kill(spent, signal.SIGCONT)
        assert (await first).width == 10_000
        assert not second.done()
        assert set(decoders.pids) - {spent} > {stopped}
        os.kill(stopped, signal.SIGCONT)
        assert (await second).width == 10_000


async def test_the_second_try_after_a_crash_has_the_pool_to_itself(tmp_path: Path) -> None:
    async with pool(2) as decoders:
        desk = Desk(tmp_path, decoders)
        first = asyncio.create_task(desk.make(SLOW))
        (killed,) = await kill_each(decoders, 1, signal.SIGSTOP)
        second = asyncio.create_task(desk.make(SLOW))
        await until(lambda: len(decoders.pids) == 2)
        others = set(decoders.pids)
        os.kill(killed, signal.SIGKILL)
        await until(lambda: bool(set(decoders.pids) - others))
        assert len(decoders.pids) == 1
        assert second.done()
        assert (await first).width == 10_000


async def test_a_decoder_that_hangs_twice_is_a_timeout(tmp_path: Path) -> None:
    async with pool(1, timeout_s=1) as decoders:
        desk = Desk(tmp_path, decoders)
        making = asyncio.create_task(desk.make(SLOW))
        await kill_each(decoders, 2, signal.SIGSTOP)
        with pytest.raises(DecoderFailed) as caught:
            await making
        assert caught.value.reason == "timeout"
        assert "1 s" in caught.value.detail
        assert (await desk.make(SMALL)).width == 640


async def test_a_decoder_that_used_up_its_processor_time_is_a_timeout(tmp_path: Path) -> None:
    async with pool(1) as decoders:
        making = asyncio.create_task(Desk(tmp_path, decoders).make(SLOW))
        await kill_each(decoders, 2, signal.SIGXCPU)
        with pytest.raises(DecoderFailed) as caught:
            await making
        assert caught.value.reason == "timeout"


@pytest.mark.parametrize(
    ("file_format", "options"),
    [("PNG", {}), ("GIF", {}), ("JPEG", {"progressive": True}), ("WEBP", {"method": 0})],
)
async def test_a_picture_that_wants_too_much_memory_is_too_large(
    file_format: str, options: dict[str, int], tmp_path: Path
) -> None:
    async with pool(memory_bytes=160 << 20) as decoders:
        desk = Desk(tmp_path, decoders)
        with pytest.raises(DecoderFailed) as caught:
            await desk.make(encoded(Image.new("RGB", (7_000, 7_000)), file_format, **options))
        assert caught.value.reason == "too_large"
        assert "0.2 GiB" in caught.value.detail
        assert (await desk.make(SMALL)).width == 640


async def test_a_thumbnail_larger_than_one_may_be_is_too_large(tmp_path: Path) -> None:
    limits = Limits(3 * GIBIBYTE, timeout_s=60, cpu_s=60, output_bytes=20_000)
    decoders = Decoders(slots=1, limits=limits)
    with pytest.raises(BadPicture) as caught:
        await Desk(tmp_path, decoders).make(encoded(noise(300, 300), "PNG"))
    await decoders.close()
    assert (caught.value.reason, "thumbnail" in caught.value.detail) == ("too_large", True)


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
        await until(lambda: len(decoders.pids) == 2)
        pids, started = decoders.pids, time.monotonic()
        await decoders.close()
        assert time.monotonic() - started < 2
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


def uid_of(pid: int) -> int:
    """Ask ps, which every system but a bare container has; there, /proc says it."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        return int(status.read_text().split("Uid:")[1].split()[0])
    told = subprocess.run(
        ["/bin/ps", "-o", "uid=", "-p", str(pid)], capture_output=True, check=True
    )
    return int(told.stdout)


async def test_a_child_is_confined(tmp_path: Path) -> None:
    async with pool(1) as decoders:
        await Desk(tmp_path, decoders).make(SMALL)
        (pid,) = decoders.pids
        assert os.getsid(pid) == pid != os.getsid(0)
        assert uid_of(pid) == (os.geteuid() or UNPRIVILEGED_ID)


def test_a_child_gets_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOTOTECA_SECRET_KEY", "s")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    assert not [name for name in environment() if name.startswith(("FOTOTECA", "AWS"))]


async def test_pictures_in_a_closed_folder_can_be_read(tmp_path: Path) -> None:
    """A child that gave up root's rights reaches no folder: it gets its files already open."""
    os.chmod(tmp_path, 0o700)  # noqa: PTH101 - nothing else in the loop waits for it
    async with pool(1) as decoders:
        assert (await Desk(tmp_path, decoders).make(SMALL)).width == 640


PARENT = """
import asyncio, sys
from pathlib import Path
from worker.imaging.decoders import Decoders, Limits, Recipe

async def main():
    decoders = Decoders(slots=1, limits=Limits(3 << 30, 60, 60))
    folder = Path(sys.argv[1])
    making = asyncio.create_task(decoders.make_thumbnails(folder / "source", folder, Recipe()))
    while not decoders.pids:
        await asyncio.sleep(0)
    print(decoders.pids[0], flush=True)
    await making
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("data", [SMALL, SLOW], ids=["idle", "busy"])
def test_children_die_with_their_parent(data: bytes, tmp_path: Path) -> None:
    """The children hold the other end of standard error: it closes when the last one is gone."""
    (tmp_path / "source").write_bytes(data)
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as parent:
        assert parent.stdout is not None
        assert int(parent.stdout.readline())
        parent.kill()
        _, errors = parent.communicate(timeout=20)
        assert errors == b""
