"""The few calls that `up` makes to its own API, straight to loopback whatever proxies are set."""

import http.client
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from deploy.embedded.address import Address
from deploy.embedded.failure import StackError

TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class ApiClient:
    """An API and a key for it."""

    address: Address
    key: str = ""

    def answers(self, path: str) -> bool:
        """Whether a GET of `path` succeeds."""
        try:
            return self._call("GET", path)[0] == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False

    def upload(self, picture: Path) -> None:
        """Upload a file under its name; one that is already being processed is left alone."""
        status, answer = self._call("PUT", f"/images({quote(picture.name)})", picture)
        accepted = (http.HTTPStatus.OK, http.HTTPStatus.CREATED, http.HTTPStatus.ACCEPTED)
        if status not in (*accepted, http.HTTPStatus.CONFLICT):
            raise StackError(f"uploading {picture.name} was answered {status}: {answer}")

    def status(self, reference: str) -> str:
        """Give the status of an image; empty while the API does not say."""
        try:
            status, answer = self._call("GET", f"/images({quote(reference)})")
        except (OSError, http.client.HTTPException):
            return ""
        return str(answer.get("status", "")) if status == http.HTTPStatus.OK else ""

    def _call(self, method: str, path: str, body: Path | None = None) -> tuple[int, dict[str, Any]]:
        host, port = self.address.reachable_host, self.address.port
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
        try:
            content = body.read_bytes() if body else None
            connection.request(method, path, content, {"X-API-KEY": self.key})
            answer = connection.getresponse()
            return answer.status, _parse(answer.read())
        finally:
            connection.close()


def _parse(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
