"""The statements that Postgres was sent, read from its log."""

import asyncio
import re
from collections.abc import Callable

from tests.benchmarks.scratch import Scratch, connected

ENTRY = re.compile(
    r"LOG:  duration: [\d.]+ ms  execute [^:]*: (?P<sql>.*?)\n"
    r"[^\t][^\n]*DETAIL:  [Pp]arameters: (?P<values>.*?)(?=\n[^\t]|\Z)",
    re.DOTALL,
)
VALUE = re.compile(r"\$(\d+) = (?:NULL|'((?:[^']|'')*)')")


def statements_of(scratch: Scratch, act: Callable[[], object]) -> list[tuple[str, dict[str, str]]]:
    """Return each statement that `act` has a service send, and its values by number."""
    asyncio.run(_log_statements(scratch, "0"))
    seen = scratch.postgres_log.stat().st_size
    try:
        act()
    finally:
        asyncio.run(_log_statements(scratch, None))
    with scratch.postgres_log.open() as file:
        file.seek(seen)
        text = file.read()
    return [
        (entry["sql"], {n: value.replace("''", "'") for n, value in VALUE.findall(entry["values"])})
        for entry in ENTRY.finditer(text)
    ]


async def _log_statements(scratch: Scratch, longer_than_ms: str | None) -> None:
    """Let the server log every statement, or only what it logs anyway."""
    async with connected(scratch.endpoints.database_url) as server:
        name = "log_min_duration_statement"
        change = f"RESET {name}" if longer_than_ms is None else f"SET {name} = {longer_than_ms}"
        await server.execute(f"ALTER SYSTEM {change}")
        await server.execute("SELECT pg_reload_conf()")
        await server.fetchval("SELECT pg_sleep(0.2)")  # sessions look for the change when idle
