"""S3, served by rclone from a local folder."""

import http.client
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from deploy.embedded.place import Place
from deploy.embedded.ports import LOOPBACK

BUCKET = "fototeca"
# Keys of the longest references, percent-encoded, stand in headers when objects are copied.
MAX_HEADER_BYTES = 64 * 1024
LEFTOVERS = (".rclone_temp_", ".rclone_multipart_upload_")
OPTIONS = (
    "--config=",  # reads no configuration, neither the user's nor another
    "--vfs-cache-mode=off",
    f"--max-header-bytes={MAX_HEADER_BYTES}",
    # Removing an emptied folder races with an upload into it. rclone 1.75 removes it all the same:
    # about one upload in a hundred that begins in that very moment meets an InternalError, and
    # passes when it is tried again, as clients of S3 do.
    "--no-cleanup",
    "--log-level=NOTICE",
)
PROBE_TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True)
class S3:
    """A bucket `fototeca` for one pair of keys; pages of `allow_origin` may use signed URLs."""

    place: Place
    port: int
    access_key_id: str
    secret_access_key: str
    allow_origin: str | None = None

    name: ClassVar[str] = "s3"
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    @property
    def folder(self) -> Path:
        """Where the buckets are, each a folder of objects."""
        return self.place.servers / "s3"

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http://{LOOPBACK}:{self.port}"

    def prepare(self) -> None:
        """Make the bucket; remove what uploads cut off by a kill have left."""
        self.place.account.make_folder(self.folder)
        bucket = self.place.account.make_folder(self.folder / BUCKET)
        for parent, _, names in os.walk(bucket, topdown=False):
            leftovers = [name for name in names if name.startswith(LEFTOVERS)]
            for name in leftovers:
                Path(parent, name).unlink()
            if len(leftovers) == len(names) and Path(parent) != bucket:
                _remove_if_empty(Path(parent))

    def command(self) -> list[str | Path]:
        """Give the command line; the keys are in the environment, where `ps` shows none."""
        address = f"--addr={LOOPBACK}:{self.port}"
        rclone = self.place.programs.rclone
        origin = [] if self.allow_origin is None else [f"--allow-origin={self.allow_origin}"]
        return [rclone, "serve", "s3", f":local:{self.folder}", address, *OPTIONS, *origin]

    def environment(self) -> dict[str, str]:
        """Give the keys, as a CSV field that holds a comma; nothing of the user's environment."""
        keys = f'"{self.access_key_id},{self.secret_access_key}"'
        return {"PATH": os.defpath, "LC_ALL": "C", "HOME": "/", "RCLONE_AUTH_KEY": keys}

    def is_ready(self) -> bool:
        """Whether it answers HTTP: without a signature, with a refusal."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=PROBE_TIMEOUT_S)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def bucket_origin(cors_origins: str | None) -> str | None:
    """Return the one origin whose pages rclone answers; `*` where there are several.

    To any page the bucket gives nothing but what the URLs in its hands are signed for.
    """
    origins = [part.strip() for part in (cors_origins or "").split(",") if part.strip()]
    return None if not origins else origins[0] if len(origins) == 1 else "*"


def _remove_if_empty(folder: Path) -> None:
    if not any(folder.iterdir()):
        folder.rmdir()
