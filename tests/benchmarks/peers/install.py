"""Other people's packages in folders of the scratch place, installed once."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.benchmarks.peers.contender import Unavailable

TIMEOUT_S = 900
DONE = ".installed"


def node_packages(folder: Path, packages: Sequence[str]) -> Path:
    """Install with npm, and return the folder of the packages."""
    npm = _program("npm")

    def install() -> None:
        (folder / "package.json").write_text('{"private": true}')
        _run([npm, "install", "--no-audit", "--no-fund", "--loglevel=error", *packages], folder)

    _once(folder, packages, install)
    return folder / "node_modules"


def python_packages(folder: Path, packages: Sequence[str]) -> Path:
    """Install into a venv, and return its interpreter."""
    python = folder / "venv" / "bin" / "python"

    def install() -> None:
        _run([sys.executable, "-m", "venv", str(folder / "venv")], folder)
        _run([str(python), "-m", "pip", "install", "--quiet", *packages], folder)

    _once(folder, packages, install)
    return python


def node() -> str:
    """Return where node is."""
    return _program("node")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Unavailable(f"{name} is not installed")
    return found


def _once(folder: Path, packages: Sequence[str], install: Callable[[], None]) -> None:
    wanted = "\n".join(packages)
    done = folder / DONE
    if done.exists() and done.read_text() == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    print(f"installing {' '.join(packages)}", flush=True)
    install()
    done.write_text(wanted)


def _run(command: Sequence[str], folder: Path) -> None:
    try:
        subprocess.run(
            command, cwd=folder, check=True, capture_output=True, text=True, timeout=TIMEOUT_S
        )
    except subprocess.CalledProcessError as error:
        raise Unavailable(f"`{' '.join(command)}`: {error.stderr.strip()[-300:]}") from error
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"`{' '.join(command)}` takes more than {TIMEOUT_S} s") from error
