"""Postgres alone, as fast as it answers the same statements: pgbench, prepared, 32 clients."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.benchmarks.peers.contender import CONNECTIONS, Call

NAME = "pgbench"
TIMEOUT_S = 60
LITERAL = re.compile(r"'(?:[^']|'')*'")
LOOKUP = """\
SELECT id, reference, num_links, status, modified_on, file_type, created_on, tags,
    original_key, thumbnail_key, thumbnail_medium_key, thumbnail_preview_key, width, height,
    size_in_bytes
FROM images
WHERE tenant_id = :tenant AND reference = 'photo-' || :n || '.jpg' AND deleted_at IS NULL;
"""


@dataclass(frozen=True, slots=True)
class Pgbench:
    """The page's statement is the one that the API was seen to send; `page_values` are its $n.

    The look-up's is the plainest one: how the API joins several of them is its own affair.
    """

    program: Path
    database_url: str
    folder: Path
    page_sql: str
    page_values: Mapping[str, str]
    tenant_id: int
    thousands: int

    name = NAME

    def rate(self, call: Call, seconds: int) -> float:
        """See `Contender`."""
        script = self.folder / "pgbench.sql"
        text, variables = self._page() if call is Call.PAGE else self._lookup()
        script.write_text(text)
        values = [f"-D{name}={value}" for name, value in variables.items()]
        url = urlsplit(self.database_url)
        command: list[str | Path] = [self.program, "-n", "-M", "prepared", f"-T{seconds}"]
        command += [f"-c{CONNECTIONS}", "-j1", "-f", script, *values]
        command += ["-h", url.hostname or "", "-p", str(url.port), "-U", url.username or ""]
        done = subprocess.run(
            [*command, url.path.lstrip("/")], capture_output=True, text=True, check=False,
            timeout=seconds + TIMEOUT_S, env={"PGPASSWORD": unquote(url.password or "")},
        )  # fmt: skip
        if done.returncode != 0:
            raise RuntimeError(f"pgbench: {done.stderr.strip()[:1000]}")
        return float(re.findall(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)[0])

    def _page(self) -> tuple[str, dict[str, str]]:
        """Return the script and its variables: the $n, and what pgbench would take for some."""
        variables = {f"p{number}": value for number, value in self.page_values.items()}

        def told(literal: re.Match[str]) -> str:
            if ":" not in literal[0]:
                return literal[0]
            name = f"literal{len(variables)}"
            variables[name] = literal[0][1:-1].replace("''", "'")
            return f":{name}::text"

        sql = LITERAL.sub(told, re.sub(r"\s+", " ", self.page_sql))
        return re.sub(r"\$(\d+)", r":p\1", sql) + ";\n", variables

    def _lookup(self) -> tuple[str, dict[str, str]]:
        choice = f"\\set n random(0, {self.thousands - 1}) * 1000 + random(1, 20)\n"
        return choice + LOOKUP, {"tenant": str(self.tenant_id)}
