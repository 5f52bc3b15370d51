"""Peaks of memory over very large pictures, and what a second processor brings."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pyvips

from tests.benchmarks.imaging.engine import ours, sharp

SIDE_PX = 10_000
SAVED: dict[str, Any] = {"Q": 90, "subsample_mode": "on"}
LARGEST: dict[str, tuple[str, dict[str, Any], int]] = {
    "baseline JPEG": ("large.jpg", SAVED, 100),
    "progressive JPEG": ("progressive.jpg", SAVED | {"interlace": True}, 400),
    "PNG": ("large.png", {"compression": 3}, 350),
}
"""File name, how it is saved, and how many MiB we may take for it."""


def peaks(scratch: Path, photograph: Path) -> Iterator[tuple[str, float, float, int]]:
    """Yield for each kind of 100 million pixels: sharp's cascade's MiB, ours, and our limit."""
    for kind, (name, options, limit) in LARGEST.items():
        path = scratch / "made" / name
        if not path.exists():
            _enlarge(photograph, path, options)
        with sharp(scratch, "cascade", 0) as theirs:
            theirs.run(path, path.suffix[1:])
            their_peak = theirs.peak_mib
        with ours(0) as engine:
            engine.run(path)
            yield kind, their_peak, engine.peak_mib, limit


def second_processor(pictures: list[Path], rounds: int) -> float:
    """Return how much more two processes on two processors do than one on one.

    By processor time, which grows where the two stand in each other's way, and does not count what
    others take of the machine.
    """
    with ours(0) as first, ours(1) as second:
        ratios = []
        for path in pictures * rounds:
            alone = first.run(path).cpu_ms
            for engine in (first, second):
                engine.start(path)
            together = [engine.finish().cpu_ms for engine in (first, second)]
            ratios.append(sum(alone / each for each in together))
        return median(ratios)


def _enlarge(photograph: Path, path: Path, options: dict[str, Any]) -> None:
    picture: Any = pyvips.Image.new_from_file(str(photograph))
    across, down = SIDE_PX / picture.width, SIDE_PX / picture.height
    picture.resize(across, vscale=down).write_to_file(str(path), **options)
