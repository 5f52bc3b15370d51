"""The pictures of a class through all engines in turns, and what came of it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, median
from tempfile import TemporaryDirectory

from tests.benchmarks.imaging.engine import Engine, Run
from tests.benchmarks.imaging.similarity import references, similarity

SIZES_PX = (1200, 400, 150)
LIGHTS = ("gamma", "linear")


@dataclass(slots=True)
class Measured:
    """A class of pictures through one engine; lists are one number a picture."""

    cpu_ms: list[float] = field(default_factory=list)
    wall_ms: list[float] = field(default_factory=list)
    size_in_bytes: list[int] = field(default_factory=list)
    likeness: dict[tuple[int, str], list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, runs: Sequence[Run]) -> None:
        """Take the medians of a picture's runs."""
        self.cpu_ms.append(median(run.cpu_ms for run in runs))
        self.wall_ms.append(median(run.wall_ms for run in runs))
        self.size_in_bytes.append(sum(runs[-1].sizes_in_bytes))

    def mean_likeness(self, size_px: int, light: str) -> float:
        """Return the mean SSIM of the pictures."""
        return fmean(self.likeness[size_px, light])


def compare(
    engines: Mapping[str, Engine], pictures: Sequence[Path], rounds: int
) -> dict[str, Measured]:
    """Run every picture through every engine, in turns, `rounds` times after one to warm up."""
    measured = {name: Measured() for name in engines}
    for path in pictures:
        extension = engines["ours"].run(path).extension
        runs: dict[str, list[Run]] = defaultdict(list)
        for _ in range(rounds):
            for name, engine in engines.items():
                runs[name].append(engine.run(path, extension))
        for name, each in measured.items():
            each.add(runs[name])
        for name, at, likeness in _likenesses(engines, path, extension):
            measured[name].likeness[at].append(likeness)
    return measured


def _likenesses(
    engines: Mapping[str, Engine], path: Path, extension: str
) -> Iterator[tuple[str, tuple[int, str], float]]:
    wanted = references(path, SIZES_PX)
    with TemporaryDirectory() as made:
        for name, engine in engines.items():
            engine.run(path, extension, Path(made))
            for (size, light), reference in wanted.items():
                likeness = similarity(Path(made) / str(size), reference)
                yield name, (size, light), likeness
