"""What an insert of an image costs, against one of the same row into a bare table.

Timed is the statement that an upload runs, with all that Postgres does for it: indexes, computed
columns, constraints, the event, the count of what is used, and the work that GIN indexes put off.
The bare table has the same columns, but for what is computed, and a primary key; nothing else.
"""

import asyncio
import hashlib
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from uuid import UUID

from shared.db.statements import SQL
from tests.benchmarks.rows import Connection, Library
from tests.benchmarks.scratch import Scratch, connected

BATCHES = 20
BATCH_ROWS = 100
LIMIT = 15.0
"""How many times a bare insert it may cost."""
TENANT = "large"
WORDS = ("product", "shoe", "lamp", "harbour", "front", "back")

BARE = """
DROP TABLE IF EXISTS bench_bare;
CREATE TABLE bench_bare (LIKE images INCLUDING DEFAULTS INCLUDING IDENTITY);
ALTER TABLE bench_bare ADD PRIMARY KEY (tenant_id, id);
"""
GENERATED = """
SELECT attname FROM pg_attribute WHERE attrelid = 'images'::regclass AND attgenerated = 's'
"""
BARE_INSERT = """
INSERT INTO bench_bare (
    tenant_id, uid, reference, tags, status, revision_counter, revision, original_key,
    size_in_bytes, sha256, busy_since, due_at
)
VALUES ($1, $2, $3, $4, 'Up', $5, $5, $6, $7, $8, now(), now())
RETURNING *
"""
CLEAN = """
SELECT sum(gin_clean_pending_list(indexrelid)) FROM pg_index
JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam
WHERE indrelid = 'images'::regclass AND amname = 'gin'
"""


@dataclass(frozen=True, slots=True)
class InsertCost:
    """Milliseconds of one insert, the work that GIN indexes put off included."""

    bare_ms: float
    full_ms: float

    @property
    def ratio(self) -> float:
        """How many bare inserts one costs."""
        return self.full_ms / self.bare_ms

    @property
    def misses(self) -> bool:
        """Whether it costs more than it may."""
        return self.ratio > LIMIT


def measure_inserts(scratch: Scratch, library: Library) -> InsertCost:
    """Measure in batches of one transaction each, in turns; leave the images as they were."""
    return asyncio.run(_measure(scratch.database_url(library.database), library))


async def _measure(url: str, library: Library) -> InsertCost:
    async with connected(url) as connection:
        await _make_bare(connection)
        await _forget(connection, library)
        await connection.execute(CLEAN)
        numbers = count()
        bare_ms, full_ms = [], []
        for _ in range(BATCHES):
            rows = [_row(library.tenants[TENANT], next(numbers)) for _ in range(BATCH_ROWS)]
            bare_ms.append(await _time(connection, BARE_INSERT, rows))
            whole = [(*row, "picture", "center") for row in rows]
            full_ms.append(await _time(connection, SQL["insert_image"], whole))
        began = time.perf_counter()
        await connection.execute(CLEAN)
        put_off_ms = (time.perf_counter() - began) * 1000 / (BATCHES * BATCH_ROWS)
        await _forget(connection, library)
        await connection.execute("DROP TABLE bench_bare; TRUNCATE outbox")
        await connection.execute("VACUUM images")
    return InsertCost(statistics.median(bare_ms), statistics.median(full_ms) + put_off_ms)


async def _make_bare(connection: Connection) -> None:
    """Make the same table, but for secondary indexes and for what Postgres computes."""
    await connection.execute(BARE)
    for row in await connection.fetch(GENERATED):
        await connection.execute(f"ALTER TABLE bench_bare DROP COLUMN {row['attname']}")


async def _time(connection: Connection, sql: str, rows: Sequence[tuple[object, ...]]) -> float:
    """Return the milliseconds of one insert.

    Round trips and the commit are shared by all: they would make any insert look cheap.
    """
    began = time.perf_counter()
    async with connection.transaction():
        await connection.executemany(sql, rows)
    return (time.perf_counter() - began) * 1000 / len(rows)


async def _forget(connection: Connection, library: Library) -> None:
    """Delete what came after the library's own rows."""
    await connection.execute(
        "DELETE FROM images WHERE tenant_id = $1 AND id > $2",
        library.tenants[TENANT],
        library.rows,
    )


def _row(tenant_id: int, number: int) -> tuple[object, ...]:
    digest = hashlib.sha256(str(number).encode()).digest()
    word, other = WORDS[digest[0] % len(WORDS)], WORDS[digest[1] % len(WORDS)]
    reference = f"new-{word}-{other}-{digest[2:5].hex()}-{number}.jpg"
    tags = [word, f"tag-{digest[5]}", f"tag-{digest[6]}"]
    uid = UUID(bytes=(0x019F << 112 | number << 64 | int.from_bytes(digest[:8])).to_bytes(16))
    key = f"{tenant_id}/{uid}/1/{reference}"
    return tenant_id, uid, reference, tags, 1, key, 10_000 + number, digest
