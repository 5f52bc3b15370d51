"""Which URLs users may name: the rules that need no look at the network.

The addresses behind a name are judged when a connection is made, in `requests`.
"""

import re
from dataclasses import dataclass

from yarl import URL

from shared.domain.errors import SourceForbiddenError
from shared.outgoing.addresses import is_public

MAX_CHARACTERS = 2048

_PLAIN = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*")
"""What a URL may consist of (RFC 3986); anything else is encoded on the way."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

_PORTS = frozenset({80, 443})
_UNPRIVILEGED = 1024
"""Of the ports below, mail servers and their like, only the web's own are open to users."""


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """Hosts that may be reached wherever they are: names, addresses, each perhaps with a port."""

    entries: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str) -> "AllowedHosts":
        """Read `name,name:port,[::1]:port`."""
        return cls(frozenset(entry.strip().lower() for entry in text.split(",") if entry.strip()))

    def __contains__(self, url: URL) -> bool:
        """Whether the URL's host was named, alone or with this port."""
        host = (url.raw_host or "").rstrip(".").lower()
        host = f"[{host}]" if ":" in host else host
        return host in self.entries or f"{host}:{url.port}" in self.entries


def parse_url(text: str, allowed: AllowedHosts) -> URL:
    """Return the URL, or raise SourceForbiddenError that says which rule it breaks."""
    if len(text) > MAX_CHARACTERS:
        raise SourceForbiddenError(f"A URL may have at most {MAX_CHARACTERS} characters.")
    if _CONTROL.search(text):
        raise SourceForbiddenError("A URL holds no control characters.")
    try:
        url = URL(text)
        host = url.raw_host
        port = url.port
    except ValueError as error:
        raise SourceForbiddenError("This is not a URL that can be read.") from error
    if url.scheme not in {"http", "https"} or not host:
        raise SourceForbiddenError("Only http:// and https:// URLs with a host can be fetched.")
    if url.raw_user is not None or url.raw_password is not None:
        raise SourceForbiddenError("A URL with a user name or password is not fetched.")
    if url not in allowed:
        _check_host(host, port or 0)
    return _as_written(url, text)


def read_url(text: str) -> URL:
    """Return a URL, perhaps a relative one, as it is written; ValueError where it cannot be read.

    What is signed is often signed to the letter, so nothing that may stand there is spelled anew.
    """
    return URL(text, encoded=_PLAIN.fullmatch(text) is not None)


def _as_written(url: URL, text: str) -> URL:
    """Keep the host as it was judged, and path and query as they were written."""
    exact = read_url(text)
    return URL.build(
        scheme=url.scheme,
        authority=url.raw_authority,
        path=exact.raw_path or "/",
        query_string=exact.raw_query_string,
        encoded=True,
    )


def _check_host(host: str, port: int) -> None:
    if port not in _PORTS and port < _UNPRIVILEGED:
        raise SourceForbiddenError("Only the ports 80, 443 and those from 1024 on can be reached.")
    if (":" in host or host.replace(".", "").isdigit()) and not is_public(host):
        raise forbidden_address(host)


def forbidden_address(place: str) -> SourceForbiddenError:
    """Say that an address is not the public internet's."""
    return SourceForbiddenError(
        f"{place} is not an address of the public internet; "
        "an operator can allow a host by FOTOTECA_OUTGOING_ALLOWED_HOSTS."
    )
