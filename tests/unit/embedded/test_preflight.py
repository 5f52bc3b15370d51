"""The preflight finds a Python that can make a venv, or says the one command that is missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CLONE = Path(__file__).resolve().parents[3]
TOOLS = ("dirname", "cksum", "head", "cat", "rm", "touch", "uname", "id")
# Stands for a Python of some version, which may lack what makes a venv.
PYTHON = """#!/bin/sh
case "$*" in
    *version_info*) exit {unsupported} ;;
    *"-m venv"*) mkdir -p .venv/bin; echo "{name}" >>tried; exit 1 ;;
esac
"""
# Stands for a Python whose pip says that it is at work, and ends when it is told to.
INSTALLING = """#!/bin/sh
case "$*" in
    *fcntl*) exec {real} "$@" ;;
    *"-m venv"*) mkdir -p .venv/bin; cp bin/python3 .venv/bin/python ;;
    *"install --prefer-binary"*) echo installs >>installs; echo at work >&2; read -r _ <go ;;
esac
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with a blank and an accent in its path, and a PATH of its own in `bin`."""
    clone = tmp_path / "un clon é"
    (clone / "bin").mkdir(parents=True)
    (clone / "deploy").mkdir()
    shutil.copy(CLONE / "deploy/preflight.sh", clone / "deploy")
    shutil.copytree(CLONE / "requirements", clone / "requirements")
    shutil.copy(CLONE / "pyproject.toml", clone)
    for tool in (*TOOLS, "mkdir"):
        (clone / "bin" / tool).symlink_to(shutil.which(tool) or tool)
    return clone


def _add_python(clone: Path, name: str, *, supported: bool) -> None:
    path = clone / "bin" / name
    path.write_text(PYTHON.format(unsupported=int(not supported), name=name))
    path.chmod(0o755)


def _start(clone: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["/bin/sh", "deploy/preflight.sh", "embedded"],
        cwd=clone,
        env={"PATH": str(clone / "bin"), "LANG": "xx_XX.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _run(clone: Path) -> subprocess.CompletedProcess[str]:
    with _start(clone) as preflight:
        output, errors = preflight.communicate()
    return subprocess.CompletedProcess(preflight.args, preflight.returncode, output, errors)


@pytest.mark.skipif(sys.platform != "linux", reason="names Debian's package manager")
def test_without_a_venv_module_the_one_command_is_named(clone: Path) -> None:
    _add_python(clone, "python3", supported=True)
    (clone / "bin/apt-get").symlink_to("/bin/true")
    done = _run(clone)
    assert done.returncode == 1
    assert "apt-get install -y make python3-venv\n" in done.stderr
    assert not (clone / ".venv").exists()


def test_newer_pythons_come_first_and_unsupported_ones_are_passed_over(clone: Path) -> None:
    _add_python(clone, "python3.13", supported=False)
    for name in ("python3.12", "python3.11", "python3"):
        _add_python(clone, name, supported=True)
    assert _run(clone).returncode == 1
    assert (clone / "tried").read_text().split() == ["python3.12", "python3.11", "python3"]


@pytest.mark.parametrize("installed", ["embedded", "dev"])
def test_a_finished_install_is_not_looked_at_again(clone: Path, installed: str) -> None:
    (clone / ".venv/bin").mkdir(parents=True)
    files = (f"requirements/{installed}.txt", "pyproject.toml", "deploy/preflight.sh")
    sums = subprocess.run(
        ["/bin/sh", "-c", f"pwd -P; cksum {' '.join(files)}"],
        cwd=clone, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    (clone / f".venv/.installed-{installed}").write_text(sums)
    _add_python(clone, "../.venv/bin/python", supported=True)
    assert (_run(clone).returncode, _run(clone).stderr) == (0, "")


def test_what_developers_need_holds_all_that_the_stack_does() -> None:
    pins = {
        name: set((CLONE / f"requirements/{name}.txt").read_text().splitlines())
        for name in ("embedded", "dev")
    }
    assert pins["embedded"] <= pins["dev"]


def test_an_install_that_was_interrupted_is_taken_up_again_in_place(clone: Path) -> None:
    (clone / ".venv/bin").mkdir(parents=True)
    _add_python(clone, "../.venv/bin/python", supported=True)
    (clone / ".venv/.installing").touch()
    (clone / ".venv/in-use").touch()
    again = _run(clone)
    assert again.returncode == 0
    assert "Installing" in again.stderr
    assert (clone / ".venv/in-use").exists()
    assert not (clone / ".venv/.installing").exists()


def _said(preflight: subprocess.Popen[str], words: str) -> bool:
    """Whether it says so, by its end."""
    assert preflight.stderr is not None
    return any(words in line for line in preflight.stderr)


def _make_slow_pip(clone: Path) -> None:
    (clone / "bin/cp").symlink_to(shutil.which("cp") or "cp")
    path = clone / "bin/python3"
    path.write_text(INSTALLING.format(real=sys.executable))
    path.chmod(0o755)
    os.mkfifo(clone / "go")


def test_of_two_at_once_one_installs_and_the_other_waits(clone: Path) -> None:
    _make_slow_pip(clone)
    with _start(clone) as first:
        assert _said(first, "Installing")
        with _start(clone) as second:
            assert _said(second, "Waiting for another make")
            (clone / "go").write_text("go\n")
            assert first.wait() == 0
            assert second.wait() == 0
    assert (clone / "installs").read_text() == "installs\n"


def test_one_that_was_killed_keeps_nobody_waiting(clone: Path) -> None:
    _make_slow_pip(clone)
    with _start(clone) as first:
        assert _said(first, "at work")
        first.kill()
        (clone / "go").write_text("go\n")
    with _start(clone) as second:
        assert _said(second, "at work")
        (clone / "go").write_text("go\n")
        assert second.wait() == 0
