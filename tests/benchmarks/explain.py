"""The plans behind the slowest queries, as Postgres made them for the API."""

import asyncio
from collections.abc import Sequence

from tests.benchmarks.caller import Caller
from tests.benchmarks.deep import DeepPages
from tests.benchmarks.lists import Line, Visitor, admit, path_of
from tests.benchmarks.rows import Library
from tests.benchmarks.scratch import Scratch, connected, running_api

SETTINGS = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_buffers": "on",
    "auto_explain.log_nested_statements": "off",
}


def explain(scratch: Scratch, library: Library, lines: Sequence[Line]) -> list[str]:
    """Ask again for each line's query, and return what each of its statements did."""
    asyncio.run(_change(scratch, library, "SET {} = '{}'"))
    try:
        with running_api(scratch, library.database) as address:
            deep = DeepPages(scratch.folder / "pages.json")
            texts = []
            for line in lines:
                key, sample = asyncio.run(admit(scratch, library, line.tenant))
                visitor = Visitor(library, Caller(address, key), sample)
                path = path_of(visitor, line.query, deep)
                visitor.caller.get(path)
                seen = scratch.postgres_log.stat().st_size
                visitor.caller.get(path)
                texts.append(f"{line.tenant}, {line.query.name}: {path}\n{_since(scratch, seen)}")
            return texts
    finally:
        asyncio.run(_change(scratch, library, "RESET {}"))


def _since(scratch: Scratch, seen: int) -> str:
    with scratch.postgres_log.open() as file:
        file.seek(seen)
        return file.read()


async def _change(scratch: Scratch, library: Library, change: str) -> None:
    """Change what new sessions of the database do."""
    async with connected(scratch.endpoints.database_url) as server:
        for name, value in SETTINGS.items():
            settled = change.format(name, value)
            await server.execute(f"ALTER DATABASE {library.database} {settled}")
