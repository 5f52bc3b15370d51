"""Where the API listens and is reached: the port that was asked for, or the next free one."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from deploy.embedded.failure import StackError
from deploy.embedded.ports import LOOPBACK, is_free, next_free
from shared.settings import Settings

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


def choose_address(say: Callable[[str], None]) -> Address:
    """Take FOTOTECA_PORT if it is set, which then must be free; else 8080 or the next free one."""
    settings = Settings()
    host, wanted = settings.host, settings.port
    if is_free(wanted, host) and wanted:
        return Address(host, wanted)
    if wanted and os.environ.get("FOTOTECA_PORT"):
        raise StackError(
            f"port {wanted} of {host} is taken by another program: end that program, or choose "
            f"another port, as in FOTOTECA_PORT={next_free(wanted, host)}"
        )
    port = next_free(wanted or 8080, host)
    if wanted:
        say(f"port {wanted} is taken by another program; the API listens on {port} instead")
    return Address(host, port)
