"""What stands in a command's way is said in a sentence, and no command ends with a traceback."""

import asyncio
import errno
import os
import socket
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from pydantic import SecretStr
from yarl import URL

from deploy.listening import why_not
from shared.settings import Settings
from tests import warm
from tests.client import Client

PR_CAPBSET_DROP, CAP_NET_BIND_SERVICE = 24, 10
WITHOUT_LOW_PORTS = f"""
import ctypes, os, sys
ctypes.CDLL(None).prctl({PR_CAPBSET_DROP}, {CAP_NET_BIND_SERVICE})
os.execv(sys.executable, [sys.executable, "-P", "-m", "deploy.cli", *sys.argv[1:]])
"""
ENVIRONMENT = {
    "PATH": os.defpath,
    "PYTHONPATH": os.pathsep.join(sys.path),
    "AWS_ACCESS_KEY_ID": "id",
    "AWS_SECRET_ACCESS_KEY": "secret",
}


async def _run(
    settings: Settings | None, *arguments: str, program: str | None = None, **variables: str
) -> tuple[int, str, str]:
    """Run `fototeca` to its end; give its exit code and what it printed on its two outputs."""
    told = {"FOTOTECA_DATABASE_URL": settings.database_url.get_secret_value()} if settings else {}
    if program is None:
        return await warm.run([*arguments], ENVIRONMENT | told | variables, within_s=200)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", program, *arguments),
        env=ENVIRONMENT | told | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(), 200)
    return process.returncode or 0, output.decode(), errors.decode()


def _assert_sentence(errors: str, *parts: str) -> None:
    assert "Traceback" not in errors
    (line,) = errors.strip().splitlines()
    assert line.startswith("fototeca: ")
    for part in parts:
        assert part in line


DATABASES: dict[str, tuple[dict[str, str | int], str, str]] = {
    "nothing listens": ({"port": 9}, "127.0.0.1:9/", "FOTOTECA_DATABASE_URL"),
    "wrong password": ({"password": "wrong-one"}, "password authentication failed", "127.0.0.1:"),
    "no such database": ({"path": "/nosuch"}, "does not exist", "/nosuch"),
    "no such host": ({"host": "nosuch.invalid"}, "nosuch.invalid:", "FOTOTECA_DATABASE_URL"),
}


@pytest.mark.parametrize("case", DATABASES)
@pytest.mark.parametrize("command", ["api", "worker", "migrate", "tenant list"])
async def test_a_database_that_is_not_to_be_had_is_said_with_its_place(
    command: str, case: str, settings: Settings
) -> None:
    change, *parts = DATABASES[case]
    url = URL(settings.database_url.get_secret_value())
    for part, value in change.items():
        url = getattr(url, f"with_{part}")(value)
    wrong = settings.model_copy(update={"database_url": SecretStr(str(url))})
    code, output, errors = await _run(wrong, *command.split())
    assert (code, output) == (1, "")
    _assert_sentence(errors, *parts)
    assert "wrong-one" not in errors


async def test_a_port_that_is_taken_is_said(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, _, errors = await _run(settings, "api", FOTOTECA_PORT=port)
    assert code == 1
    _assert_sentence(errors, f"port {port} of 127.0.0.1 is taken", "FOTOTECA_PORT")


@pytest.mark.parametrize("host", ["nosuch.invalid", "192.0.2.1"])
async def test_a_host_that_is_not_this_machine_is_said(host: str, settings: Settings) -> None:
    code, _, errors = await _run(settings, "api", FOTOTECA_HOST=host)
    assert code == 1
    _assert_sentence(errors, f"FOTOTECA_HOST={host}", "0.0.0.0")  # noqa: S104 -- only shown


def test_a_port_for_which_rights_lack_is_said() -> None:
    """What the system answers to an unprivileged user, where it keeps ports for root."""
    sentence = why_not(PermissionError(errno.EACCES, "Permission denied"), "127.0.0.1", 80)
    assert "may not listen on port 80" in sentence
    assert "1024 upwards with FOTOTECA_PORT" in sentence


@pytest.mark.skipif(
    not Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").exists()
    or int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()) <= 80,
    reason="here every user may listen on every port",
)
async def test_port_80_without_rights_is_one_sentence(settings: Settings) -> None:
    code, _, errors = await _run(settings, "api", program=WITHOUT_LOW_PORTS, FOTOTECA_PORT="80")
    assert code == 1
    _assert_sentence(errors, "port 80", "FOTOTECA_PORT")


async def test_a_misspelt_variable_is_a_warning_beside_what_was_asked_for(
    settings: Settings, client: Client
) -> None:
    code, output, errors = await _run(settings, "tenant", "list", FOTOTECA_PROT="1")
    assert code == 0
    assert output.startswith(f"{client.tenant.name}\t20")
    _assert_sentence(errors, "FOTOTECA_PROT is no setting", "FOTOTECA_PORT")


@pytest.mark.parametrize("command", ["up", "api"])
@pytest.mark.parametrize(
    "variables", [{"FOTOTECA_port": "1"}, {"FOTOTECA_PORT": "http"}], ids=["small", "no number"]
)
async def test_a_wrong_variable_ends_the_command(
    command: str, variables: dict[str, str], settings: Settings, tmp_path: Path
) -> None:
    told = {"FOTOTECA_DATA_DIR": str(tmp_path / "data"), **variables}
    code, _, errors = await _run(settings, command, **told)
    assert code != 0
    _assert_sentence(errors, "FOTOTECA_PORT")


async def test_a_database_without_our_tables_is_said(settings: Settings) -> None:
    url = URL(settings.database_url.get_secret_value()).with_path("/fototeca")
    empty = settings.model_copy(update={"database_url": SecretStr(str(url))})
    code, _, errors = await _run(empty, "tenant", "create", "a")
    assert code == 1
    _assert_sentence(errors, "fototeca migrate")


async def test_a_folder_that_cannot_be_made_is_named(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, _, errors = await _run(settings, "backup", str(tmp_path / "file" / "folder"))
    assert code == 1
    _assert_sentence(errors, f"fototeca: {tmp_path}")


async def test_the_version_is_told() -> None:
    assert await _run(None, "--version") == (0, f"fototeca {metadata.version('fototeca')}\n", "")
