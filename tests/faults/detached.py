"""A stack of a test's own, started in the background as users do, and ended with all it holds."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.place import choose_place

PROGRAM = [sys.executable, "-P", "-m", "deploy.cli"]


@dataclass(frozen=True)
class Detached:
    """Where it is, who may call it, and the environment of its commands."""

    data: Path
    origin: str
    key: str
    environment: dict[str, str]


@contextmanager
def detached(data: Path) -> Iterator[Detached]:
    """Run a stack whose data folder is `data`."""
    environment = os.environ | {"FOTOTECA_DATA_DIR": str(data), "COLUMNS": "200"}
    started = subprocess.run(
        [*PROGRAM, "up", "--detach"], env=environment, capture_output=True, text=True, check=False
    )
    try:
        assert started.returncode == 0, started.stdout + started.stderr
        origin = re.search(r"http://127\.0\.0\.1:\d+", started.stdout)
        assert origin is not None
        yield Detached(data, origin[0], (data / "demo.key").read_text().strip(), environment)
    finally:
        subprocess.run([*PROGRAM, "down"], env=environment, check=True, capture_output=True)
        shutil.rmtree(choose_place(data).servers)
