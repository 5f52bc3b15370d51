"""What the command line can ask of an import."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class NamedBy(StrEnum):
    """What the reference of a file in a folder is."""

    FILE = "file"
    PATH = "path"


class OnConflict(StrEnum):
    """What to do where a name is taken: twice in the run, or by other bytes in the library."""

    STOP = "stop"
    SKIP = "skip"
    SUFFIX = "suffix"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Order:
    """One import; either `paths` or a `manifest` says what."""

    paths: tuple[Path, ...]
    manifest: Path | None
    tags: tuple[str, ...]
    named_by: NamedBy
    on_conflict: OnConflict
    dry_run: bool
    wait: bool
    jobs: int
