"""No file can harm the service: what a decoder may take and see, and how long it may live."""

import asyncio
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.decoding import GIBIBYTE, SLOW, SMALL, Desk, pool
from tests.unit.imaging.drawing import encoded, noise
from worker.imaging.confine import UNPRIVILEGED_ID
from worker.imaging.decoder import environment
from worker.imaging.decoders import BadPicture, DecoderFailed, Decoders, Limits

LARGE = encoded(Image.new("RGB", (6000, 4000)), "JPEG", progressive=True)


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


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others are not asked for it")
async def test_an_idle_child_gives_back_what_a_large_picture_took(tmp_path: Path) -> None:
    async with pool(1) as decoders:
        await Desk(tmp_path, decoders).make(LARGE)
        (pid,) = decoders.pids
        while memory_mib(pid, "VmRSS") > memory_mib(pid, "VmHWM") - 60:  # noqa: ASYNC110 - no Event comes from a process
            await asyncio.sleep(0.05)


def memory_mib(pid: int, what: str) -> float:
    return int(Path(f"/proc/{pid}/status").read_text().split(f"{what}:")[1].split()[0]) / 1024


def test_a_child_gets_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOTOTECA_SECRET_KEY", "s" * 32)
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
        _, errors = parent.communicate(timeout=60)
        assert errors == b""
