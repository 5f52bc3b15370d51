"""Counting what became of each file, and the tables that show it."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from rich.console import Console
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

MAX_LISTED = 200
"""Reasons shown; the rest is counted."""


class Fate(StrEnum):
    """What became of a file; failed and conflicting ones make the command's exit code 1."""

    IMPORTED = "imported"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"
    STORED = "stored, not described"
    SKIPPED = "skipped"
    EXPORTED = "exported"
    GONE = "deleted meanwhile"
    CONFLICT = "conflicting"
    FAILED = "failed"


EXPLAINED = frozenset({Fate.SKIPPED, Fate.CONFLICT, Fate.FAILED})
BAD = frozenset({Fate.CONFLICT, Fate.FAILED})


@dataclass(slots=True)
class Tally:
    """Counts, bytes, and the reasons of what did not go as asked."""

    counts: Counter[Fate] = field(default_factory=Counter)
    sizes: Counter[Fate] = field(default_factory=Counter)
    reasons: list[tuple[Fate, str, str]] = field(default_factory=list)

    def add(self, fate: Fate, name: str, size: int = 0, reason: str = "") -> None:
        """Count a file."""
        self.counts[fate] += 1
        self.sizes[fate] += size
        if fate in EXPLAINED and len(self.reasons) < MAX_LISTED:
            self.reasons.append((fate, name, reason))

    @property
    def is_good(self) -> bool:
        """Whether nothing failed."""
        return not any(self.counts[fate] for fate in BAD)

    def show(self, console: Console, title: str) -> None:
        """Print the tables, if there is anything to tell."""
        if not self.counts:
            return
        if self.reasons:
            console.print(self._explained())
        table = Table(title=title, title_justify="left")
        table.add_column("")
        table.add_column("files", justify="right")
        table.add_column("size", justify="right")
        for fate in Fate:
            if self.counts[fate]:
                table.add_row(fate, f"{self.counts[fate]:,}", decimal(self.sizes[fate]))
        console.print(table)

    def _explained(self) -> Table:
        table = Table()
        for name in ("", "file", "why"):
            table.add_column(name, overflow="fold")
        for fate, name, reason in self.reasons:
            table.add_row(fate, Text(name), Text(reason))  # a Text is never read as markup
        rest = sum(self.counts[fate] for fate in EXPLAINED) - len(self.reasons)
        if rest:
            table.add_row("", f"and {rest:,} more", "")
        return table
