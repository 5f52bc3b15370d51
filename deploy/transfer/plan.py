"""What an import will do, decided from names and hashes before the first byte is sent."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from deploy.transfer.entries import Entry
from deploy.transfer.meter import Meter
from deploy.transfer.order import OnConflict
from deploy.transfer.tally import Fate, Tally
from deploy.transfer.words import TOLD, changes_for
from fototeca_client import Fototeca, Image, digest_of
from shared.domain.reference import MAX_CHARACTERS

BATCH = 500
"""Files looked up, and compared, at once."""
HASHED_AT_ONCE = 4
NUMBERS_AT_ONCE = 20
MAX_NUMBER = 10_000


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to send; `may_replace` where its name is, or was, another's."""

    entry: Entry
    may_replace: bool = False


@dataclass(slots=True)
class Plan:
    """What to send, and what is there already but not described, or not ready, as asked."""

    uploads: list[Upload] = field(default_factory=list)
    to_describe: list[Entry] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Bytes to send."""
        return sum(upload.entry.size for upload in self.uploads)


class Planner:
    """Compares the files of a run with each other and with the library."""

    def __init__(
        self,
        library: Fototeca,
        on_conflict: OnConflict,
        tally: Tally,
        meter: Meter,
        *,
        wait: bool,
    ) -> None:
        self._library = library
        self._on_conflict = on_conflict
        self._tally = tally
        self._meter = meter
        self._wait = wait
        self._hashing = asyncio.Semaphore(HASHED_AT_ONCE)
        self._taken: set[str] = set()
        self._to_rename: list[Entry] = []
        self._plan = Plan()

    async def plan(self, entries: Sequence[Entry]) -> Plan:
        """Decide about every file; conflicts go to the tally.

        The same files in the same state of the library lead to the same names, and files that a
        run before this one has sent are unchanged: so a run that broke off is simply repeated.
        """
        named = self._without_doubles(entries)
        for start in range(0, len(named), BATCH):
            await self._compare(named[start : start + BATCH])
        for entry in self._to_rename:
            await self._rename(entry)
        return self._plan

    def _without_doubles(self, entries: Sequence[Entry]) -> list[Entry]:
        chosen: dict[str, Entry] = {}
        for entry in entries:
            other = chosen.setdefault(entry.reference, entry)
            if other is entry:
                continue
            match self._on_conflict:
                case OnConflict.REPLACE:
                    chosen[entry.reference] = entry
                    self._skip(other, f"{entry.name} has the same name and comes later")
                case OnConflict.SUFFIX:
                    self._to_rename.append(entry)
                case OnConflict.SKIP:
                    self._skip(entry, f"{other.name} has the same name")
                case OnConflict.STOP:
                    reason = f"{other.name} has the same name, {entry.reference}"
                    self._tally.add(Fate.CONFLICT, entry.name, entry.size, reason)
        self._taken.update(chosen)
        return list(chosen.values())

    async def _compare(self, entries: Sequence[Entry]) -> None:
        names = [entry.reference for entry in entries]
        images = await self._library.find(names, select=["sha256", "sourceUrl", *TOLD])
        pairs = [(entry, images.get(entry.reference)) for entry in entries]
        equal = await asyncio.gather(*(self._is_same(*pair) for pair in pairs))
        for (entry, image), is_same in zip(pairs, equal, strict=True):
            if image is None:
                self._plan.uploads.append(Upload(entry))
            elif is_same:
                self._keep(entry, image)
            else:
                self._resolve(entry)

    def _resolve(self, entry: Entry) -> None:
        reason = f"the library has other bytes under the name {entry.reference}"
        if isinstance(entry.origin, str) and self._on_conflict is OnConflict.REPLACE:
            reason += ", which a sourceUrl does not replace: delete that image first"
            self._tally.add(Fate.FAILED, entry.name, entry.size, reason)
            return
        match self._on_conflict:
            case OnConflict.REPLACE:
                self._plan.uploads.append(Upload(entry, may_replace=True))
            case OnConflict.SUFFIX:
                self._to_rename.append(entry)
            case OnConflict.SKIP:
                self._skip(entry, reason)
            case OnConflict.STOP:
                self._tally.add(Fate.CONFLICT, entry.name, entry.size, reason)

    async def _rename(self, entry: Entry) -> None:
        """Find the first numbered name that is free, or that has these very bytes."""
        for start in range(2, MAX_NUMBER, NUMBERS_AT_ONCE):
            names = [n for n in _numbered(entry.reference, start) if n not in self._taken]
            images = await self._library.find(names, select=["sha256", "sourceUrl", *TOLD])
            for name in names:
                renamed = Entry(entry.origin, name, entry.size, entry.words)
                image = images.get(name)
                if image is not None and not await self._is_same(renamed, image):
                    continue
                self._taken.add(name)
                if image is None:
                    self._plan.uploads.append(Upload(renamed))
                else:
                    self._keep(renamed, image)
                return
        reason = f"{MAX_NUMBER} names like {entry.reference} are taken"
        self._tally.add(Fate.FAILED, entry.name, entry.size, reason)

    async def _is_same(self, entry: Entry, image: Image | None) -> bool:
        """Whether the library has these bytes, or those of this URL; files are read if need be."""
        self._meter.file_done()
        if image is not None and isinstance(entry.origin, str):
            return bool(image.fields["sourceUrl"] == entry.origin)
        if image is None or isinstance(entry.origin, str) or image.size_in_bytes != entry.size:
            return False
        async with self._hashing:
            try:
                digest = await asyncio.to_thread(digest_of, entry.origin)
            except OSError:  # sending it will say so
                return False
        return bool(digest == image.fields["sha256"])

    def _keep(self, entry: Entry, image: Image) -> None:
        overwrite = self._on_conflict is OnConflict.REPLACE
        is_awaited = (self._wait or isinstance(entry.origin, str)) and image.status != "Ok"
        is_left = entry.words.links or changes_for(entry.words, image, overwrite=overwrite)
        if is_awaited or is_left:
            self._plan.to_describe.append(entry)
        else:
            self._tally.add(Fate.UNCHANGED, entry.name, entry.size)

    def _skip(self, entry: Entry, reason: str) -> None:
        self._tally.add(Fate.SKIPPED, entry.name, entry.size, reason)


def _numbered(reference: str, start: int) -> Iterator[str]:
    """Yield `a-2.jpg`, `a-3.jpg`, … from a number on, no longer than a reference may be."""
    suffix = PurePosixPath(reference).suffix
    stem = reference.removesuffix(suffix)
    for number in range(start, start + NUMBERS_AT_ONCE):
        end = f"-{number}{suffix}"
        yield stem[: MAX_CHARACTERS - len(end)] + end
