"""What a decoder process may use, as the system enforces it; and that it says nothing aloud."""

import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.unit.imaging.drawing import encoded, noise
from worker.imaging.confine import OPEN_FILES
from worker.imaging.decoders import BadPicture, Decoders, Limits, Recipe

LIMITS = Limits(1 << 30, timeout_s=30, cpu_s=9, output_bytes=50_000_000)


@pytest.fixture
async def decoders() -> AsyncIterator[Decoders]:
    made = Decoders(slots=1, limits=LIMITS)
    yield made
    await made.close()


def limits_of(pid: int) -> dict[str, list[str]]:
    """Read soft and hard limits of a process, by the kernel's names for them."""
    lines = Path(f"/proc/{pid}/limits").read_text(encoding="ascii").splitlines()[1:]
    return {line[:26].strip(): line[26:].split()[:2] for line in lines}


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
async def test_the_system_holds_a_child_to_its_limits(decoders: Decoders, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(encoded(noise(60, 40), "JPEG"))
    await decoders.make_thumbnails(source, tmp_path, Recipe())
    limits = limits_of(*decoders.pids)
    assert limits["Max address space"] == [str(LIMITS.memory_bytes)] * 2
    assert limits["Max file size"] == [str(LIMITS.output_bytes)] * 2
    assert limits["Max open files"] == [str(OPEN_FILES)] * 2
    assert limits["Max core file size"] == ["0"] * 2
    assert LIMITS.cpu_s <= int(limits["Max cpu time"][0]) < LIMITS.cpu_s + 60


async def test_what_libraries_print_of_a_file_is_not_heard(
    decoders: Decoders, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = bytearray(encoded(noise(400, 400).convert("1"), "TIFF", compression="group4"))
    whole[200:5000] = b"\x5a" * 4800
    source = tmp_path / "source"
    source.write_bytes(whole)
    with suppress(BadPicture):
        await decoders.make_thumbnails(source, tmp_path, Recipe())
    assert len(decoders.pids) == 1
    assert capfd.readouterr() == ("", "")
