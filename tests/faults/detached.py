"""A stack of a test's own, started in the background as users do, and ended with all it holds."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.embedded.place import choose_place

PROGRAM = [sys.executable, "-P", "-m", "deploy.cli"]
START_S = 180.0  # a disk that is busy with other things takes its time to make a cluster
LAST_LINES = 30


async def call(data: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    """Run a command for the stack of a data folder; give its exit code and what it printed."""
    process = await spawn(data, *arguments, **variables)
    try:
        output, _ = await asyncio.wait_for(process.communicate(), START_S)
    except TimeoutError:
        process.kill()
        pytest.fail(f"{arguments} has not ended after {START_S} s\n{_last_words(data)}")
    return process.returncode or 0, output.decode()


async def spawn(data: Path, *arguments: str, **variables: str) -> asyncio.subprocess.Process:
    """Start a command, its two outputs in one pipe."""
    kept = {name: text for name, text in os.environ.items() if "FOTOTECA" not in name}
    return await asyncio.create_subprocess_exec(
        *(*PROGRAM, *arguments),
        env={**kept, "FOTOTECA_DATA_DIR": str(data), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def _last_words(data: Path) -> str:
    """Give what everything there has logged last."""
    logs = [data / "up.log", *sorted((data / "logs").glob("*.log"))]
    words = [(log.name, log.read_text(errors="replace").splitlines()[-LAST_LINES:]) for log in logs]
    return "\n".join(f"--- {name}\n" + "\n".join(lines) for name, lines in words)


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
