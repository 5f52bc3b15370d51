"""Databases for tests, each as the migrations leave one: emptied, as making one takes far longer.

A quiet machine needs 80 ms to make one and to drop it, a busy one seconds, and 10 ms to empty it.
"""

import itertools
from dataclasses import dataclass, field

import asyncpg

from tests.client import Connection
from tests.servers import TEMPLATE, Servers

MOST_GROWN_BYTES = 8 * 2**20
"""What emptied rows may leave behind: a larger database is made anew."""

_STATE = """
WITH ours AS (
    SELECT oid, xmin, relname FROM pg_class
    WHERE relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_t(oast|emp)')
      AND oid >= 16384
), lines (line) AS (
    SELECT format('class %s %s', oid, xmin) FROM ours
    UNION ALL
    SELECT format('column %s %s %s', attrelid, attnum, a.xmin)
    FROM pg_attribute a JOIN ours ON ours.oid = attrelid
    UNION ALL SELECT format('default %s %s', oid, xmin) FROM pg_attrdef
    UNION ALL SELECT format('constraint %s %s', oid, xmin) FROM pg_constraint WHERE oid >= 16384
    UNION ALL SELECT format('trigger %s %s', oid, xmin) FROM pg_trigger
    UNION ALL SELECT format('function %s %s', oid, xmin) FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT format('type %s %s', oid, xmin) FROM pg_type WHERE oid >= 16384
    UNION ALL SELECT format('schema %s %s', oid, xmin) FROM pg_namespace
    UNION ALL SELECT format('setting %s', setconfig) FROM pg_db_role_setting
    UNION ALL SELECT format('known %s', starelid) FROM pg_statistic WHERE starelid >= 16384
    UNION ALL SELECT format('migrated %s', m) FROM _pogo_migration m
)
SELECT md5(string_agg(line, ' ' ORDER BY line)) FROM lines
"""
"""Every word of the schema, and what ANALYZE has learned: not the rows."""

_FILLED = """
SELECT string_agg(
    format('SELECT %L WHERE EXISTS (SELECT FROM %I)', format('DELETE FROM %I', relname), relname),
    ' UNION ALL '
)
FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname !~ '^_pogo'
"""
"""Returns a statement, which returns those that empty the tables which have rows."""

_RESTART = """
SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, FALSE)
FROM pg_sequences WHERE last_value IS NOT NULL
"""

_SIZE = "SELECT pg_database_size(current_database())"

_END_SESSIONS = """
SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass
class Databases:
    """Those of one of the processes that run tests."""

    servers: Servers
    _free: list[str] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _fresh: tuple[str, int] = ("", 0)
    """State and size of one that no test has had."""
    _filled: str = ""

    async def take(self) -> str:
        """Return the name of one that nobody uses."""
        if self._free:
            return self._free.pop()
        name = f"{self.servers.runner}_library_{next(self._numbers)}"
        await self.servers.administer(
            f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY"
        )
        if not self._filled:
            connection = await asyncpg.connect(self.servers.database(name))
            self._filled = await connection.fetchval(_FILLED)
            assert not await connection.fetch(self._filled), "rows of migrations would be emptied"
            self._fresh = await _seen(connection)
            await connection.close()
        return name

    async def give_back(self, name: str) -> None:
        """Empty it for the next; where a test has changed more than rows, drop it."""
        connection = await asyncpg.connect(self.servers.database(name))
        try:
            await connection.execute(_END_SESSIONS)
            state, size = await _seen(connection)
            is_as_before = state == self._fresh[0] and size - self._fresh[1] < MOST_GROWN_BYTES
            if is_as_before:
                await self._empty(connection)
        finally:
            await connection.close()
        if is_as_before:
            self._free.append(name)
        else:
            await self.servers.administer(f"DROP DATABASE {name} WITH (FORCE)")

    async def _empty(self, connection: Connection) -> None:
        """Delete past foreign keys and triggers, which cost more than the rows."""
        deletions = [deletion for (deletion,) in await connection.fetch(self._filled)]
        await connection.execute("; ".join(["SET session_replication_role = replica", *deletions]))
        await connection.execute(_RESTART)


async def _seen(connection: Connection) -> tuple[str, int]:
    return await connection.fetchval(_STATE), await connection.fetchval(_SIZE)
