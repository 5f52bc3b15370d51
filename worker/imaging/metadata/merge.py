"""EXIF, IIM and XMP to one record (Guidelines for Handling Image Metadata 2.0, chapter 5).

EXIF goes first where it says anything at all. Then XMP, unless a program that knows IIM alone has
changed that since: its digest tells. What IIM cut short is taken from XMP, which has it whole.
"""

from dataclasses import dataclass

from shared.domain.metadata import (
    DEFAULT,
    FIELDS,
    IN_LANGUAGES,
    LISTS,
    MAX_CHARACTERS,
    Languages,
    Metadata,
    checked,
)
from worker.imaging.metadata.iim import LONGEST
from worker.imaging.metadata.told import Told


@dataclass(frozen=True)
class Sources:
    """What the three say; `is_in_step` is false where IIM has changed since XMP was written."""

    exif: Told
    iim: Told
    xmp: Told
    is_in_step: bool | None

    def chosen(self, name: str) -> Told:
        """Return whose word counts for a field."""
        if self.exif.has(name):
            return self.exif
        if self.xmp.has(name) and (self.is_in_step is not False or not self.iim.has(name)):
            return self.xmp
        return self.xmp if self._is_cut_short(name) else self.iim

    def _is_cut_short(self, name: str) -> bool:
        """Whether IIM holds the beginning of what XMP says, as much as there is room for."""
        ours, whole = _texts(self.iim, name), _texts(self.xmp, name)
        return len(ours) == len(whole) and all(
            text == longer or (_fills(text, name) and longer.startswith(text))
            for text, longer in zip(ours, whole, strict=True)
        )


def merge(sources: Sources) -> Metadata:
    """Return one record, in which what goes beyond its length is left out."""
    record: dict[str, object] = {}
    room = MAX_CHARACTERS
    for name in FIELDS:
        value = _merged(sources, name)
        length = len(name) + _length(value)
        if value and length <= room:
            record[name] = value
            room -= length
    return checked(record)


def _merged(sources: Sources, name: str) -> object:
    if name == "gps":
        return sources.exif.gps or sources.xmp.gps
    chosen = sources.chosen(name)
    if name in LISTS:
        return chosen.lists.get(name)
    texts = chosen.texts.get(name, {})
    if name in IN_LANGUAGES:
        return (
            texts if chosen is sources.xmp or not texts else _among_others(texts, sources.xmp, name)
        )
    text = texts.get(DEFAULT, "")
    return _more_precise(text, sources.xmp) if name == "dateCreated" else text


def _among_others(texts: Languages, xmp: Told, name: str) -> Languages:
    """Keep what XMP says in languages that have a name."""
    return texts | {key: text for key, text in xmp.texts.get(name, {}).items() if key != DEFAULT}


def _more_precise(time: str, xmp: Told) -> str:
    """Return XMP's time where that is the same with a fraction or a zone."""
    other = xmp.texts.get("dateCreated", {}).get(DEFAULT, "")
    return other if time and other.startswith(time) else time


def _texts(told: Told, name: str) -> list[str]:
    if name in LISTS:
        return told.lists.get(name, [])
    texts = told.texts.get(name, {})
    return [texts[DEFAULT]] if texts else []


def _fills(text: str, name: str) -> bool:
    longest = LONGEST.get(name, 0)
    return len(text) == longest or len(text.encode()) >= longest - 3 > 0  # a letter may be cut off


def _length(value: object) -> int:
    if isinstance(value, dict):
        return sum(len(str(key)) + len(str(each)) for key, each in value.items())
    if isinstance(value, list):
        return sum(map(len, value))
    return len(value) if isinstance(value, str) else 0
