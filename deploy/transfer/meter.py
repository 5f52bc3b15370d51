"""Progress: a bar with rate and time left on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

LINE_S = 10.0


class Meter:
    """Counts files and bytes of one phase; `total_bytes` is what the bar goes by."""

    def __init__(
        self,
        console: Console,
        doing: str,
        total_files: int,
        total_bytes: int,
        *,
        sized: bool = True,
    ) -> None:
        self._console = console
        self._doing = doing
        self._total_files = total_files
        self._files = self._bytes = 0
        self._began = self._told = time.monotonic()
        columns = [DownloadColumn(), TransferSpeedColumn()] if sized else []
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[files]}"),
            *columns,
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task(doing, total=total_bytes, files=self._counted())

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def more(self, size: int) -> None:
        """Count bytes; fewer than none where a file begins anew."""
        self._bytes += size
        self._bar.update(self._task, completed=self._bytes)

    def file_done(self) -> None:
        """Count a file."""
        self._files += 1
        self._bar.update(self._task, files=self._counted())
        self._tell()

    def now(self, doing: str) -> None:
        """Say what is being done now."""
        self._doing = doing
        self._bar.update(self._task, description=doing)
        self._tell()

    def _tell(self) -> None:
        """Where there is no bar, print a line now and then."""
        now = time.monotonic()
        if not self._console.is_terminal and now - self._told >= LINE_S:
            self._told = now
            self._console.print(f"{self._doing}: {self._counted()}, {decimal(self._bytes)}")

    def of_file(self) -> Callable[[int, int], None]:
        """Return what counts the bytes of one file from how many of them are done."""
        counted = 0

        def count(done: int, _: int) -> None:
            nonlocal counted
            self.more(done - counted)
            counted = done

        return count

    def _counted(self) -> str:
        seconds = time.monotonic() - self._began
        rate = f", {self._files / seconds:.0f}/s" if self._files and seconds > 0 else ""
        return f"{self._files:,} of {self._total_files:,} files{rate}"
