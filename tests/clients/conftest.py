"""Installs what others wrote into a folder outside the clone, kept from run to run."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.settings import Settings
from tests.outside import with_port

HERE = Path(__file__).parent
LONGEST_S = 900
"""Each installs what it needs, the first time."""
INSTALL_TIMEOUT_S = 240
NPM = ["--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
NPM += ["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=30000"]
PIP = ["--no-deps", "--quiet", "--retries=1", "--timeout=30", "--disable-pip-version-check"]
UNREACHABLE = re.compile(
    r"ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|network"
    r"|No matching distribution found|Connection",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give these tests time."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(LONGEST_S))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings with a port, since clients follow whole links."""
    return with_port(settings)


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """Where npm put the packages of package-lock.json."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("needs node and npm")
    return _kept("node", ["package.json", "package-lock.json"], _npm(npm)) / "node_modules"


@pytest.fixture(scope="session")
def python() -> Path:
    """The interpreter of an environment with what requirements.txt pins."""
    return _kept("python", ["requirements.txt"], _pip) / "bin" / "python"


def _kept(name: str, files: list[str], install: Callable[[Path], None]) -> Path:
    """Return a folder in which `files` were installed, now or earlier.

    An installation that breaks off leaves no mark behind, and is made anew.
    """
    content = b"".join((HERE / file).read_bytes() for file in files) + sys.version.encode()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "fototeca" / f"{name}-{hashlib.sha256(content).hexdigest()[:16]}"
    mark = folder / "installed"
    if not mark.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for file in files:
            shutil.copy(HERE / file, folder)
        install(folder)
        mark.touch()
    return folder


def _npm(npm: str) -> Callable[[Path], None]:
    return lambda folder: _run([npm, "ci", *NPM], folder, "npm's registry")


def _pip(folder: Path) -> None:
    venv.create(folder, with_pip=True)
    command = [str(folder / "bin" / "python"), "-m", "pip", "install", *PIP]
    _run([*command, "-r", "requirements.txt"], folder, "a registry of Python packages")


def _run(command: list[str], folder: Path, registry: str) -> None:
    """Run an installer; skip where it cannot reach its registry, fail where anything else fails."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=INSTALL_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"needs {registry}")
    if done.returncode:
        if UNREACHABLE.search(done.stderr):
            pytest.skip(f"needs {registry}")
        pytest.fail(f"{command[0]} failed: {done.stderr[-2000:]}")
