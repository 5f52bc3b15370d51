"""Page 1,000 of a list, reached by following `@nextLink`, and remembered in the scratch folder."""

import json
import time
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from tests.benchmarks.caller import Caller

PAGE = 1_000
TIMEOUT_S = 120.0


@dataclass(slots=True)
class DeepPages:
    """Links to far pages, by database, tenant and path of the first page."""

    file: Path

    def link(self, caller: Caller, database: str, path: str) -> str:
        """Return the link of page 1,000, or of the last whole page before it."""
        known: dict[str, str] = json.loads(self.file.read_text()) if self.file.exists() else {}
        name = f"{database} {caller.key.partition('_')[0]} {path}"
        if name not in known or caller.get(known[name]).status != HTTPStatus.OK:
            known[name] = _walk(caller, path)
            self.file.write_text(json.dumps(known, indent=1))
        return known[name]


def _walk(caller: Caller, path: str) -> str:
    """Follow the links; a page that is not whole would be quicker than others, and is left out."""
    before = link = path
    deadline = time.monotonic() + TIMEOUT_S
    for _ in range(PAGE - 1):
        following = caller.get(link).json.get("@nextLink")
        if following is None:
            return before
        if time.monotonic() > deadline:
            break
        before, link = link, following
    return link
