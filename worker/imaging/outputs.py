"""Where thumbnails are written: files that get their names once all is well."""

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from worker.imaging.model import CONTENT_TYPES, Picture, Rendition
from worker.imaging.report import Report


class Outputs:
    """Open files in a folder; `publish` names them, leaving without it removes them."""

    def __init__(self, out_dir: Path, suffixes: Sequence[str]) -> None:
        self._out_dir = out_dir
        self._suffixes = suffixes
        self._parts = [out_dir / f".{suffix}.part" for suffix in suffixes]
        self.files: list[BinaryIO] = []

    def __enter__(self) -> Self:
        try:
            for part in self._parts:
                flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
                self.files.append(os.fdopen(os.open(part, flags, 0o666), "wb"))
        except OSError:
            self._discard()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._discard()

    def publish(self, report: Report) -> Picture:
        """Give the files their names, `TH.jpg` and so on, and describe the picture."""
        extension = report.extension
        renditions = []
        for suffix, part, w in zip(self._suffixes, self._parts, report.written, strict=True):
            path = part.rename(self._out_dir / f"{suffix}.{extension}")
            content_type = CONTENT_TYPES[extension]
            sizes = (w.width, w.height, w.size_in_bytes)
            renditions.append(Rendition(suffix, path, extension, content_type, *sizes, w.sha256))
        content_type = CONTENT_TYPES[report.file_type]
        return Picture(
            report.file_type,
            content_type,
            report.width,
            report.height,
            tuple(renditions),
            report.look,
            report.metadata,
            report.step_ms,
        )

    def _discard(self) -> None:
        for file in self.files:
            file.close()
        for part in self._parts:
            part.unlink(missing_ok=True)
