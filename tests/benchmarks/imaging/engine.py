"""A process that makes thumbnails for the benchmark, pinned to one processor."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from tests.benchmarks.peers.install import node, node_packages
from worker.imaging.decoder import environment

SHARP = "sharp@0.35"
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Run:
    """One picture, three thumbnails: milliseconds, and bytes of 1200, 400 and 150."""

    wall_ms: float
    cpu_ms: float
    sizes_in_bytes: list[int]
    extension: str


class Engine:
    """A warm process, asked by lines of JSON."""

    def __init__(self, process: "subprocess.Popen[str]", way: str) -> None:
        self._process = process
        self._way = way

    def start(self, path: Path, extension: str = "", folder: Path | None = None) -> None:
        """Ask for thumbnails; files go to `folder` where one is given."""
        request = {"path": str(path), "way": self._way, "extension": extension}
        request["folder"] = str(folder) if folder else ""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()

    def finish(self) -> Run:
        """Wait for what `start` asked for."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self._way} ended: {self._process.wait()}")
        told = json.loads(line)
        return Run(told["wall_ms"], told["cpu_ms"], told["bytes"], told.get("extension", ""))

    def run(self, path: Path, extension: str = "", folder: Path | None = None) -> Run:
        """Make thumbnails and wait for them."""
        self.start(path, extension, folder)
        return self.finish()

    @property
    def peak_mib(self) -> float:
        """The largest resident size so far."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        (peak,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
        return int(peak) / 1024


@contextmanager
def sharp(scratch: Path, way: str, processor: int) -> Iterator[Engine]:
    """Run sharp: `three` independent calls, or a `cascade`."""
    folder = node_packages(scratch / "sharp", [SHARP]).parent
    command = [node(), str(HERE / "sharp.mjs")]
    with _engine(command, folder, way, processor, dict(os.environ)) as engine:
        yield engine


@contextmanager
def ours(processor: int) -> Iterator[Engine]:
    """Run the pipeline of this checkout, in the environment of a decoder process."""
    command = [sys.executable, "-P", "-m", "tests.benchmarks.imaging.ours"]
    with _engine(command, Path.cwd(), "ours", processor, environment()) as engine:
        yield engine


@contextmanager
def _engine(
    command: Sequence[str], folder: Path, way: str, processor: int, env: dict[str, str]
) -> Iterator[Engine]:
    process = subprocess.Popen(
        [which("taskset") or "taskset", "-c", str(processor), *command],
        cwd=folder,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Engine(process, way)
    finally:
        process.communicate()
