"""Peaks of memory over very large pictures, and what a second processor brings."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import pyvips

from tests.benchmarks.imaging.engine import Engine, ours, sharp

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


def second_processor(pictures: Sequence[Path], rounds: int) -> float:
    """Return how much more two processes on two processors do than one on one, in wall time."""
    with ours(0) as first, ours(1) as second:
        ratios = []
        for _ in range(rounds):
            alone = _wall_s([first], pictures)
            together = _wall_s([first, second], pictures)
            ratios.append(2 * alone / together)
        return median(ratios)


def _wall_s(engines: Sequence[Engine], pictures: Sequence[Path]) -> float:
    started = time.perf_counter()
    for path in pictures:
        for engine in engines:
            engine.start(path)
        for engine in engines:
            engine.finish()
    return time.perf_counter() - started


def _enlarge(photograph: Path, path: Path, options: dict[str, Any]) -> None:
    picture: Any = pyvips.Image.new_from_file(str(photograph))
    across, down = SIDE_PX / picture.width, SIDE_PX / picture.height
    picture.resize(across, vscale=down).write_to_file(str(path), **options)
