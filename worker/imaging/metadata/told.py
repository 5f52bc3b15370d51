"""What one of the three kinds of metadata says, before they are merged."""

from dataclasses import dataclass, field

from shared.domain.metadata import DEFAULT, IN_LANGUAGES, Gps, Languages
from worker.imaging.metadata.text import cleaned

MAX_ITEMS = 500
MAX_LANGUAGES = 50
MAX_LANGUAGE_CHARACTERS = 35
MAX_KEYWORD_CHARACTERS = 500


@dataclass
class Told:
    """Fields by the names of `Metadata`; what is empty was not said."""

    lists: dict[str, list[str]] = field(default_factory=dict)
    texts: dict[str, Languages] = field(default_factory=dict)
    gps: Gps | None = None

    def put_list(self, name: str, values: list[str]) -> None:
        """Keep what is not empty, each once, in its order."""
        kept = list(dict.fromkeys(cleaned(value)[:MAX_KEYWORD_CHARACTERS] for value in values))
        if kept := [value for value in kept if value][:MAX_ITEMS]:
            self.lists[name] = kept

    def put_text(self, name: str, text: str) -> None:
        """Keep a text that is in no language in particular."""
        self.put_languages(name, {DEFAULT: text})

    def put_languages(self, name: str, texts: Languages) -> None:
        """Keep what is not empty; the first is the default where none is called so.

        One text is kept where the field has no languages.
        """
        kept = {
            language: text
            for language, text in ((key, cleaned(value)) for key, value in texts.items())
            if text and len(language) <= MAX_LANGUAGE_CHARACTERS
        }
        if not kept:
            return
        default = {DEFAULT: kept.get(DEFAULT) or next(iter(kept.values()))}
        several = list(kept.items())[:MAX_LANGUAGES] if name in IN_LANGUAGES else []
        self.texts[name] = default | dict(several)

    def complete(self, other: "Told") -> None:
        """Take from another what is not said here."""
        self.lists = other.lists | self.lists
        self.texts = other.texts | self.texts
        self.gps = self.gps or other.gps

    def has(self, name: str) -> bool:
        """Whether anything was said in a field."""
        return name in self.lists or name in self.texts
