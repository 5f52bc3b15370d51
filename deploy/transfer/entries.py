"""What is to be imported: files with the names that they get, and what is said about them."""

import os
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from deploy.transfer.failure import TransferError
from deploy.transfer.order import NamedBy
from fototeca_client import Link
from shared.domain.errors import InvalidInputError
from shared.domain.reference import parse_reference

UNSAID = {"gravity": "center"}
"""What a text is where nobody has set it, if that is not null."""
NO_TEXT = "the file's name is not UTF-8: rename it"
LITTER = frozenset({"thumbs.db", "desktop.ini"})
"""What file managers leave in folders, besides hidden files."""


@dataclass(frozen=True, slots=True)
class Words:
    """Tags to add, texts (`title alt caption gravity`) to set, and who uses the image."""

    tags: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    links: tuple[Link, ...] = ()

    @property
    def is_news(self) -> bool:
        """Whether an image that was just created lacks any of it."""
        said = self.texts.items() - UNSAID.items()
        return bool(self.tags or said or self.links)


@dataclass(frozen=True, slots=True)
class Entry:
    """A file, or a URL that the service fetches, for one image.

    A file's size in bytes is that of when it was found; a URL's is not known, and told as 0.
    """

    origin: Path | str
    reference: str
    size: int
    words: Words = Words()

    @property
    def name(self) -> str:
        """What people are told that it is."""
        return self.origin if isinstance(self.origin, str) else shown(self.origin)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that cannot be an image's, and why."""

    name: str
    reason: str


def entry_of(file: Path, reference: str, words: Words) -> Entry | Refusal:
    """Look at a file; the reference is put in NFC, as the service keeps it."""
    try:
        name = parse_reference(reference)
        size = file.stat().st_size
    except InvalidInputError as error:
        return Refusal(shown(file), error.detail if _is_text(reference) else NO_TEXT)
    except OSError as error:
        return Refusal(shown(file), error.strerror or str(error))
    if not file.is_file():
        return Refusal(shown(file), "this is not a file")
    if not size:
        return Refusal(shown(file), "the file is empty")
    return Entry(file, name, size, words)


def entry_of_url(url: str, reference: str, words: Words) -> Entry | Refusal:
    """Name what is behind a URL: as told, or as the last part of its path is."""
    try:
        last = unquote(urlsplit(url).path).rpartition("/")[2]
        return Entry(url, parse_reference(reference or last), 0, words)
    except (InvalidInputError, ValueError) as error:
        return Refusal(url, str(error))


def entries_in(paths: Iterable[Path], named_by: NamedBy, words: Words) -> Iterator[Entry | Refusal]:
    """Yield the files named and, in order, those in the folders named, without hidden ones.

    A file that is in several of them is yielded once, with the name that it has in the first.
    """
    seen: set[str] = set()
    for path in paths:
        if not path.exists():
            raise TransferError(f"{shown(path)}: there is no such file or folder")
        for found in _walk(path) if path.is_dir() else [path]:
            name = found.name if isinstance(found, Refusal) else found
            place = os.path.abspath(name)  # noqa: PTH100 -- a link is a file of its own
            if place in seen:
                continue
            seen.add(place)
            yield found if isinstance(found, Refusal) else _named(found, path, named_by, words)


def _named(file: Path, root: Path, named_by: NamedBy, words: Words) -> Entry | Refusal:
    is_path = named_by is NamedBy.PATH and file != root
    return entry_of(file, file.relative_to(root).as_posix() if is_path else file.name, words)


def _walk(folder: Path) -> Iterator[Path | Refusal]:
    unreadable: list[OSError] = []
    for place, folders, files in os.walk(folder, onerror=unreadable.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and name.lower() not in LITTER:
                yield Path(place, name)
    for error in unreadable:
        yield Refusal(str(error.filename), error.strerror or str(error))


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags as the service keeps them: in NFC, trimmed, each once."""
    trimmed = (unicodedata.normalize("NFC", tag).strip() for tag in tags)
    return tuple(dict.fromkeys(tag for tag in trimmed if tag))


def _is_text(name: str) -> bool:
    """Whether a name has no bytes in it that the file system holds and UTF-8 does not know."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def shown(path: Path) -> str:
    """Return a path that any terminal can print."""
    return str(path).encode(errors="backslashreplace").decode()
