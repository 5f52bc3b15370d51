"""A service with its worker, and the two commands run against it as users run them."""

import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from fototeca_client import Fototeca, Retries
from shared.domain.image import Role
from shared.settings import Settings
from tests import warm
from tests.backstage import running_worker
from tests.client import Client, Service, make_client
from tests.outside import with_port

TIMEOUT_S = 200
SOON = Retries(tries=4, first_s=0.01, longest_s=3)


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    output: str
    errors: str

    def count(self, fate: str) -> int:
        """Return how many files the last table has under this word."""
        for line in reversed(self.output.splitlines()):
            cells = [cell.strip() for cell in line.split("│")]
            if len(cells) == 5 and cells[1] == fate and cells[2].replace(",", "").isdigit():
                return int(cells[2].replace(",", ""))
        return 0


Run = Callable[..., Awaitable[Ended]]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings with a port, since clients follow whole links."""
    return with_port(settings)


@pytest.fixture
async def worker(settings: Settings, service: Service) -> AsyncIterator[None]:
    """A worker that works by itself."""
    assert service.port == settings.port
    async with running_worker(settings):
        yield


@pytest.fixture
async def library(client: Client) -> AsyncIterator[Fototeca]:
    """The client that users have, as an admin of the tenant `demo`."""
    async with Fototeca(client.service.origin, client.key, retries=SOON) as opened:
        yield opened


@pytest.fixture
async def empty(service: Service) -> Client:
    """An admin of a tenant that has nothing."""
    return await make_client(service, "empty", Role.ADMIN)


def command(client: Client, *arguments: str | Path) -> list[str]:
    """Return the command line that talks to the test's service."""
    return [sys.executable, "-P", "-m", "deploy.cli", *arguments_for(client, *arguments)]


def arguments_for(client: Client, *arguments: str | Path) -> list[str]:
    """Return the same without the program."""
    return [*map(str, arguments), "--url", client.service.origin, "--key", client.key]


def environment(**variables: str) -> dict[str, str]:
    """Return what a command gets to know."""
    told = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(sys.path), "COLUMNS": "500"}
    return told | {"LC_ALL": "C.UTF-8"} | variables


@pytest.fixture
def run() -> Run:
    """Run a command to its end."""

    async def run(client: Client, *arguments: str | Path) -> Ended:
        told = arguments_for(client, *arguments)
        code, output, errors = await warm.run(told, environment(), within_s=TIMEOUT_S)
        assert "Traceback" not in errors, errors
        return Ended(code, output, errors)

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for what is imported."""
    made = tmp_path / "pictures"
    made.mkdir()
    return made


def names_in(folder: Path) -> set[str]:
    """Return what a folder holds, hidden files too."""
    return {path.name for path in folder.iterdir()}
