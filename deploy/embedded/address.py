"""Where the API listens and is reached: the port that was asked for, or the next free one."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.failure import StackError
from deploy.embedded.ports import LOOPBACK, hold, next_free, refusal
from deploy.embedded.private import read_json, write_private_json
from deploy.listening import is_taken, why_not
from shared.settings import Settings

DEFAULT_PORT = 8080
FILE_NAME = "address.json"
EVERYWHERE = {"0.0.0.0": LOOPBACK, "::": "::1", "": LOOPBACK}  # noqa: S104 -- only recognised


@dataclass(frozen=True, slots=True)
class Address:
    """Host and port to listen on."""

    host: str
    port: int

    @property
    def reachable_host(self) -> str:
        """A host to connect to: one that listens everywhere is met on loopback."""
        return EVERYWHERE.get(self.host, self.host)

    @property
    def url(self) -> str:
        """The root of the API for someone on this machine."""
        host = self.reachable_host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    def environment(self) -> dict[str, str]:
        """Give the services' settings; URLs in answers must not name a wildcard."""
        told = {"FOTOTECA_HOST": self.host, "FOTOTECA_PORT": str(self.port)}
        if self.host in EVERYWHERE and not os.environ.get("FOTOTECA_PUBLIC_URL"):
            told["FOTOTECA_PUBLIC_URL"] = self.url
        return told


def address_of(environment: Mapping[str, str]) -> Address:
    """Read the address that a running stack was given."""
    return Address(environment["FOTOTECA_HOST"], int(environment["FOTOTECA_PORT"]))


def choose_address(data: Path, say: Callable[[str], None]) -> Address:
    """Take FOTOTECA_PORT if it is set, which then must be free.

    Else take the port of last time, which the data folder keeps, or 8080, or the next free one.
    """
    settings = Settings()
    if settings.port and os.environ.get("FOTOTECA_PORT"):
        return _insisting(settings.host, settings.port)
    address = _moving(settings.host, _last_port(data) or settings.port or DEFAULT_PORT, say)
    write_private_json(data / FILE_NAME, {"port": address.port})
    return address


def _insisting(host: str, port: int) -> Address:
    error = refusal(port, host)
    if error is None:
        return Address(host, port)
    sentence = why_not(error, host, port)
    raise StackError(
        f"{sentence}, as in FOTOTECA_PORT={next_free(port, host)}" if is_taken(error) else sentence
    ) from error


def _moving(host: str, port: int, say: Callable[[str], None]) -> Address:
    error = refusal(port, host)
    if error is None and hold(port):
        return Address(host, port)
    if error is not None and not is_taken(error):
        raise StackError(why_not(error, host, port)) from error
    chosen = next_free(DEFAULT_PORT, host)
    while not hold(chosen):  # another stack is starting there
        chosen = next_free(chosen + 1, host)
    say(f"port {port} is taken by another program; the API listens on {chosen} instead")
    return Address(host, chosen)


def _last_port(data: Path) -> int | None:
    """Read the port that was chosen for this data folder last time."""
    port = read_json(data / FILE_NAME).get("port")
    return port if isinstance(port, int) else None
