"""Single images as documents: look-ups of one tenant that wait together go as one statement.

A look-up joins the next statement, never one that is under way: so it sees whatever was committed
before it was asked for.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from shared.db.documents import document_sql
from shared.db.executor import Borrow, Executor
from shared.db.filters import FilterSql
from shared.usecases.lists_ports import Document, DocumentField

MAX_JOINED = 64
JOIN_WAIT_S = 0.05
"""So long the next statement waits for the one before: a stuck one holds up only its own."""
TIMEOUT_S = 3.0

Waiting: TypeAlias = "dict[str, list[asyncio.Future[Document | None]]]"


class Asked(NamedTuple):
    """What look-ups must have in common to go together."""

    tenant_id: int
    fields: tuple[DocumentField, ...]
    cdn_base: str


class LookupReader(Executor):
    """See `Lookups`. For each tenant and choice of fields, mostly one statement at a time."""

    def __init__(self, borrow: Borrow) -> None:
        super().__init__(borrow)
        self._waiting: dict[Asked, Waiting] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def document(
        self, tenant_id: int, reference: str, fields: Sequence[DocumentField], cdn_base: str
    ) -> Document | None:
        """Return one image that is not deleted."""
        asked = Asked(tenant_id, tuple(fields), cdn_base)
        waiting = self._waiting.get(asked)
        if waiting is None:
            waiting = self._waiting[asked] = {}
            self._keep(self._serve(asked, waiting))
        found: asyncio.Future[Document | None] = asyncio.get_running_loop().create_future()
        waiting.setdefault(reference, []).append(found)
        return await found

    async def _serve(self, asked: Asked, waiting: Waiting) -> None:
        """Send statements until nobody waits, one after the other while each is quick."""
        try:
            while waiting:
                taken = {name: waiting.pop(name) for name in list(waiting)[:MAX_JOINED]}
                answering = self._keep(self._answer(asked, taken))
                await asyncio.wait({answering}, timeout=JOIN_WAIT_S)
        finally:
            del self._waiting[asked]

    async def _answer(self, asked: Asked, taken: Waiting) -> None:
        """Give those who wait what there is; a failure is that of those whose statement it was."""
        try:
            outcome: dict[str, Document] | Exception = await self._look_up(asked, list(taken))
        except Exception as error:  # noqa: BLE001 raised again by each of those who wait
            outcome = error
        for reference, futures in taken.items():
            for future in futures:
                if future.done():  # who asked has gone
                    continue
                if isinstance(outcome, Exception):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome.get(reference))

    async def _look_up(self, asked: Asked, references: list[str]) -> dict[str, Document]:
        statement, bases = _statement(asked.fields, asked.cdn_base)
        rows = await self.rows_of(
            statement, asked.tenant_id, references, *bases, timeout_s=TIMEOUT_S
        )
        return {reference: Document(text, version) for reference, version, text in rows}

    def _keep(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Start a task and hold on to it: the loop alone would not."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


@lru_cache(maxsize=256)
def _statement(fields: tuple[DocumentField, ...], cdn_base: str) -> tuple[str, list[object]]:
    """Return the statement, and its parameters after tenant and references."""
    sql = FilterSql(cdn_base, [None, None])
    document = document_sql(fields, sql)
    statement = (
        f"SELECT reference, row_version, {document} FROM images"
        " WHERE tenant_id = $1::bigint AND reference = ANY($2::text[]) AND deleted_at IS NULL"
    )
    return statement, sql.args[2:]
