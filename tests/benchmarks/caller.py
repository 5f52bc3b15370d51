"""One client on one connection, which times its requests from the first byte to the last."""

import http.client
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import orjson

from deploy.embedded.address import Address

TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer and the milliseconds until it was read."""

    status: int
    body: bytes
    spent_ms: float

    @property
    def json(self) -> Any:
        """Return the body, which must be of a successful answer."""
        if self.status != HTTPStatus.OK:
            raise ValueError(f"{self.status}: {self.body[:300]!r}")
        return orjson.loads(self.body)


@dataclass(slots=True)
class Caller:
    """A client of one tenant; the connection stays open between requests."""

    address: Address
    key: str
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(
            self.address.reachable_host, self.address.port, timeout=TIMEOUT_S
        )

    def get(self, path: str) -> Reply:
        """Send a GET of a path that is percent-encoded, or of a whole URL."""
        split = urlsplit(path)
        target = f"{split.path}?{split.query}" if split.query else split.path
        began = time.perf_counter()
        self.connection.request("GET", target, headers={"X-API-KEY": self.key})
        response = self.connection.getresponse()
        body = response.read()
        return Reply(response.status, body, (time.perf_counter() - began) * 1000)
