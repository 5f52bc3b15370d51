"""What a first start shows: the tenant `demo`, a key for it, and a handful of pictures."""

import contextlib
import http.client
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.address import Address
from deploy.embedded.api_client import ApiClient
from deploy.embedded.private import write_private
from deploy.embedded.services import Services
from deploy.samples import make_samples

TENANT = "demo"
FINAL = frozenset({"Ok", "Er"})
SAMPLES_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo tenant of one data folder; `servers` is where the database and the bucket are."""

    data: Path
    servers: Path
    address: Address
    services: Services
    say: Callable[[str], None]

    def ensure_key(self) -> str:
        """Give the demo key, made anew if there is none or the API does not know it."""
        key = read_key(self.data)
        if key and ApiClient(self.address, key).answers("/images?$top=0"):
            return key
        self.services.run("tenant", "create", TENANT, "--if-missing")
        key = self.services.run("key", "create", "--tenant", TENANT, "--role", "admin")
        write_private(key_file(self.data), key + "\n")
        return key

    def ensure_samples(self, key: str) -> None:
        """Import the sample pictures, once in the life of a database."""
        if self._mark.exists():
            return
        client = ApiClient(self.address, key)
        with tempfile.TemporaryDirectory() as folder:
            pictures = make_samples(Path(folder))
            self.say(f"importing {len(pictures)} sample pictures")
            for picture in pictures:
                self._upload(client, picture)
        self._wait(client, [picture.name for picture in pictures])
        self._mark.touch()

    def forgo_samples(self) -> None:
        """Import none, now and later: the database is another library's."""
        self._mark.touch()

    @property
    def _mark(self) -> Path:
        return self.servers / "samples-imported"

    def _upload(self, client: ApiClient, picture: Path) -> None:
        """Upload, again where a process died under it."""

        def done() -> bool:
            with contextlib.suppress(OSError, http.client.HTTPException):
                client.upload(picture)
                return True
            return False

        self.services.supervisor.wait_for(done, SAMPLES_TIMEOUT_S)

    def _wait(self, client: ApiClient, references: list[str]) -> None:
        """Show how many are ready until all are."""
        shown = 0

        def done() -> bool:
            nonlocal shown
            statuses = [client.status(reference) for reference in references]
            finished = sum(status in FINAL for status in statuses)
            if finished > shown:
                self.say(f"  {finished} of {len(references)} processed")
                shown = finished
            return finished == len(references)

        if not self.services.supervisor.wait_for(done, SAMPLES_TIMEOUT_S):
            self.say("the sample pictures take long; they go on in the background")


def key_file(data: Path) -> Path:
    """Where the demo key is kept."""
    return data / "demo.key"


def read_key(data: Path) -> str:
    """Read the demo key; empty if there is none yet."""
    path = key_file(data)
    return path.read_text().strip() if path.exists() else ""
