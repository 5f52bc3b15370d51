"""How far an export has come: a file beside what it wrote, renewed after every page."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from deploy.transfer.failure import TransferError

FILE_NAME = "export.json"


@dataclass(slots=True)
class Checkpoint:
    """`after_id`: every image up to it was seen; `size`: bytes of the JSONL that tell of them.

    `failed` are the ids of those whose original could not be had, to be tried again.
    """

    url: str
    filter: str | None
    after_id: int = 0
    size: int = 0
    images: int = 0
    failed: list[int] = field(default_factory=list)
    is_done: bool = False

    def save(self, folder: Path) -> None:
        """Write it, so that a crash leaves this one or the one before."""
        part = folder / f".{FILE_NAME}.part"
        with part.open("w", encoding="utf-8") as file:
            json.dump(asdict(self), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        part.replace(folder / FILE_NAME)


def open_checkpoint(folder: Path, url: str, asked: str | None) -> Checkpoint:
    """Return how far an export into this folder has come; refuse another's folder."""
    path = folder / FILE_NAME
    if not path.exists():
        if folder.exists() and any(folder.iterdir()):
            raise TransferError(f"{folder} holds something else: choose an empty folder")
        folder.mkdir(parents=True, exist_ok=True)
        return Checkpoint(url, asked)
    try:
        known = Checkpoint(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise TransferError(f"{path} is damaged: choose an empty folder") from error
    if (known.url, known.filter) != (url, asked):
        raise TransferError(
            f"{folder} holds an export of {known.url} with the filter {known.filter!r}: "
            "choose an empty folder"
        )
    return known
