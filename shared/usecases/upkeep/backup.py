"""Objects to a folder and back: each copied once, as keys are immutable, and compared by hash."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from enum import Enum, auto
from pathlib import Path
from uuid import uuid4

import orjson

from shared.domain.errors import BackupError, ObjectMissingError, UnavailableError
from shared.opening import opened
from shared.usecases.ports import Storage
from shared.usecases.upkeep.walking import batches, in_order, side_by_side
from shared.usecases.uploads.intake import Intake, at_most

AT_ONCE = 8
LINES = 1000
CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the manifest: a key, and what the bucket holds there; the hash in hex."""

    key: str
    size_in_bytes: int
    sha256: str


class Outcome(Enum):
    """What became of one object."""

    COPIED = auto()
    THERE = auto()
    MISSING = auto()
    CHANGED = auto()
    UNREADABLE = auto()


@dataclass(slots=True)
class Copied:
    """What became of all; `missing`, `changed` and `unreadable` name keys that could not be copied.

    They are few unless the bucket is lost; then the first thousand of each tell it.
    """

    objects: int = 0
    bytes: int = 0
    copied: int = 0
    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    def count(self, entry: Entry, outcome: Outcome) -> None:
        """Count an object."""
        self.objects += 1
        self.bytes += entry.size_in_bytes
        self.copied += outcome is Outcome.COPIED
        listed = {
            Outcome.MISSING: self.missing,
            Outcome.CHANGED: self.changed,
            Outcome.UNREADABLE: self.unreadable,
        }.get(outcome)
        if listed is not None and len(listed) < LINES:
            listed.append(entry.key)


async def write_manifest(path: Path, entries: AsyncIterator[Entry]) -> int:
    """Write a JSON line for each entry; return how many."""
    total = 0
    async with opened(path, "wb") as file:
        async for batch in batches(entries, LINES):
            lines = b"".join(orjson.dumps(asdict(entry)) + b"\n" for entry in batch)
            await asyncio.to_thread(file.write, lines)
            total += len(batch)
    return total


async def read_manifest(path: Path) -> AsyncGenerator[Entry, None]:
    """Yield the entries; raises BackupError where a line is none."""
    async with opened(path, "rb") as file:
        while lines := await asyncio.to_thread(file.readlines, CHUNK_BYTES):
            for line in lines:
                try:
                    yield Entry(**orjson.loads(line))
                except (TypeError, ValueError) as error:
                    raise BackupError(f"{path.name} has a line that is no entry.") from error


def place_of(folder: Path, key: str) -> Path:
    """Return the file for a key, which never is outside of the folder."""
    parts = key.split("/")
    if any(part in {"", ".", ".."} or "\0" in part for part in parts):
        raise BackupError(f"The key {key!r} names no file.")
    return folder.joinpath(*parts)


@dataclass(frozen=True, slots=True)
class Copier:
    """Between a bucket and a folder; `progress` is told how many objects were dealt with."""

    storage: Storage
    folder: Path
    scratch: Path
    progress: Callable[[int], None]

    async def save(self, entries: AsyncIterator[Entry]) -> Copied:
        """Copy from the bucket what the folder does not hold yet."""
        copied = Copied()
        async for batch in batches(entries, AT_ONCE):
            outcomes = await asyncio.gather(*map(self._save, batch))
            for entry, outcome in zip(batch, outcomes, strict=True):
                copied.count(entry, outcome)
            self.progress(copied.objects)
        return copied

    async def check_target(self, entries: AsyncIterator[Entry]) -> None:
        """Refuse a bucket that holds what an earlier try of the same would not have put there."""
        async with aclosing(self._pairs(entries)) as pairs:
            async for entry, item in pairs:
                if item is not None and (entry is None or entry.size_in_bytes != item):
                    raise BackupError(
                        "The bucket is in use: restore goes into an empty one, or goes on with one "
                        "that it has begun to fill."
                    )

    async def restore(self, entries: AsyncIterator[Entry]) -> Copied:
        """Copy to the bucket what it does not hold yet."""
        copied = Copied()
        async with aclosing(self._pairs(entries)) as pairs:
            async for batch in batches(pairs, AT_ONCE):
                outcomes = await asyncio.gather(*(self._restore(*pair) for pair in batch))
                for (entry, _), outcome in zip(batch, outcomes, strict=True):
                    if entry is not None:
                        copied.count(entry, outcome)
                self.progress(copied.objects)
        return copied

    async def _pairs(
        self, entries: AsyncIterator[Entry]
    ) -> AsyncGenerator[tuple[Entry | None, int | None], None]:
        stored = in_order(self.storage.keys(""))
        async for entry, item in side_by_side(in_order(entries), stored):
            yield entry, item.size_in_bytes if item is not None else None

    async def _save(self, entry: Entry) -> Outcome:
        target = place_of(self.folder, entry.key)
        if await asyncio.to_thread(_size_of, target) == entry.size_in_bytes:
            return Outcome.THERE
        part = self.scratch / uuid4().hex
        try:
            digest = await self._fetch_twice(entry.key, part)
            if digest != entry.sha256:
                return Outcome.CHANGED
            await asyncio.to_thread(_put_in_place, part, target)
        except ObjectMissingError:
            return Outcome.MISSING
        except UnavailableError:
            await self.storage.ping()  # raises where this is not about the one object
            return Outcome.UNREADABLE
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
        return Outcome.COPIED

    async def _fetch_twice(self, key: str, part: Path) -> str:
        """Fetch, and once more where the storage breaks off, which it may do by chance."""
        try:
            return await self._fetch(key, part)
        except UnavailableError:
            await self.storage.ping()
            return await self._fetch(key, part)

    async def _fetch(self, key: str, part: Path) -> str:
        digest = hashlib.sha256()
        async with opened(part, "wb") as file:
            async for chunk in self.storage.read(key):
                digest.update(chunk)
                await asyncio.to_thread(file.write, chunk)
        return digest.hexdigest()

    async def _restore(self, entry: Entry | None, size: int | None) -> Outcome:
        if entry is None or size is not None:
            return Outcome.THERE
        source = place_of(self.folder, entry.key)
        if await asyncio.to_thread(_size_of, source) is None:
            return Outcome.MISSING
        intake = Intake(
            self.storage,
            entry.key,
            _no_note,
            check=at_most(max(entry.size_in_bytes, 1)),
            scratch=self.scratch,
        )
        if await asyncio.to_thread(_sha256_of, source) != entry.sha256:
            return Outcome.CHANGED
        async with aclosing(_chunks(source)) as chunks:
            await intake.receive(chunks)
        return Outcome.COPIED


async def _no_note(_multipart_id: str) -> None:
    """A restore that is cut off goes on from what is there; S3 ends what was begun in parts."""


async def _chunks(source: Path) -> AsyncGenerator[bytes, None]:
    async with opened(source, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield chunk


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _size_of(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _put_in_place(part: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part.replace(target)
