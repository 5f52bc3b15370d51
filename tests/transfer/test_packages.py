"""The client comes with the service's package, and as a package of its own."""

import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

CLONE = Path(__file__).parents[2]


def _wheel(source: Path, out: Path) -> zipfile.ZipFile:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=source, check=True, capture_output=True, timeout=200)
    (built,) = out.glob("*.whl")
    return zipfile.ZipFile(built)


def test_the_client_s_own_wheel_is_typed_and_needs_aiohttp_alone(tmp_path: Path) -> None:
    with _wheel(CLONE / "client", tmp_path) as wheel:
        names = wheel.namelist()
        (metadata,) = (name for name in names if name.endswith("METADATA"))
        told = Parser().parsestr(wheel.read(metadata).decode())
    assert {"fototeca_client/__init__.py", "fototeca_client/py.typed"} <= set(names)
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"fototeca_client"}
    assert [need.partition(">")[0] for need in told.get_all("Requires-Dist", [])] == ["aiohttp"]


def test_the_service_s_wheel_has_the_client(tmp_path: Path) -> None:
    with _wheel(CLONE, tmp_path) as wheel:
        names = set(wheel.namelist())
    assert {"fototeca_client/__init__.py", "deploy/transfer/imports.py"} <= names


@pytest.mark.parametrize("source", [CLONE, CLONE / "client"], ids=["service", "client"])
def test_an_editable_install_finds_the_client(source: Path, tmp_path: Path) -> None:
    """As `make` and `pip install -e` do it: by a line in a .pth file."""
    program = (
        "import hatchling.build, pathlib, sys, zipfile\n"
        "name = hatchling.build.build_editable(sys.argv[1])\n"
        "wheel = zipfile.ZipFile(pathlib.Path(sys.argv[1], name))\n"
        "(pth,) = (n for n in wheel.namelist() if n.endswith('.pth'))\n"
        "print(wheel.read(pth).decode())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=source,
        check=True,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert str(CLONE / "client") in done.stdout.splitlines()
