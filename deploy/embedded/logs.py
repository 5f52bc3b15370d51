"""The processes' logs: kept bounded on disk, and their warnings shown in short lines."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

MAX_BYTES = 10 * 1024 * 1024
MAX_SHOWN = 5  # lines of one process in one round
MAX_COLUMNS = 200
SHOWN_LEVELS = frozenset({"warning", "error", "critical"})
HIDDEN_FIELDS = frozenset({"event", "level", "timestamp", "logger", "exception"})


@dataclass(slots=True)
class Log:
    """One process' log, to which the process itself appends."""

    name: str
    path: Path
    offset: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Begin where earlier runs ended."""
        self.offset = self.path.stat().st_size if self.path.exists() else 0

    def news(self) -> Iterator[str]:
        """Give what was logged since the last call, as short lines of what matters."""
        lines = [short for raw in self._fresh_lines() if (short := shorten(self.name, raw))]
        yield from lines[:MAX_SHOWN]
        if len(lines) > MAX_SHOWN:
            yield f"{self.name}: {len(lines) - MAX_SHOWN} more lines in {self.path}"

    def bound(self) -> None:
        """Move a log that has grown aside, in the place of the one before it.

        The process keeps its file, which it opened for appending; a line written in between is
        lost.
        """
        if self.path.exists() and self.path.stat().st_size > MAX_BYTES:
            shutil.copy(self.path, self.path.with_name(f"{self.path.name}.1"))
            with self.path.open("r+b") as file:
                file.truncate()
            self.offset = 0

    def _fresh_lines(self) -> list[str]:
        """Read whole lines only; the rest of the last one comes next time."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(self.offset)
            whole, newline, _ = file.read(MAX_BYTES).rpartition(b"\n")
        self.offset += len(whole) + len(newline)
        return whole.decode(errors="replace").splitlines()


def shorten(name: str, raw: str) -> str:
    """Make a line for people of a log line; empty if it is of no concern to them."""
    try:
        entry = json.loads(raw)
    except json.JSONDecodeError:
        entry = {"event": raw, "level": "error"} if raw.strip() else {}
    if not isinstance(entry, dict) or entry.get("level") not in SHOWN_LEVELS:
        return ""
    fields = " ".join(f"{key}={entry[key]}" for key in entry if key not in HIDDEN_FIELDS)
    return f"{name}: {entry.get('event')} {fields}".strip()[:MAX_COLUMNS]
