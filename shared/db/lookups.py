"""Single images as documents: look-ups of one tenant that wait together go as one statement.

A look-up joins the next statement, never one that is under way: so it sees whatever was committed
before it was asked for.
"""

import asyncio
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from shared.db.documents import document_sql
from shared.db.executor import Borrow, Executor
from shared.db.filters import FilterSql
from shared.usecases.ports import Document, DocumentField

MAX_JOINED = 64

Waiting: TypeAlias = "dict[str, list[asyncio.Future[Document | None]]]"


class Asked(NamedTuple):
    """What look-ups must have in common to go together."""

    tenant_id: int
    fields: tuple[DocumentField, ...]
    cdn_base: str


class LookupReader(Executor):
    """See `Lookups`. One statement at a time for each tenant and choice of fields."""

    def __init__(self, borrow: Borrow) -> None:
        super().__init__(borrow)
        self._waiting: dict[Asked, Waiting] = {}
        self._serving: set[asyncio.Task[None]] = set()

    async def document(
        self, tenant_id: int, reference: str, fields: Sequence[DocumentField], cdn_base: str
    ) -> Document | None:
        """Return one image that is not deleted."""
        asked = Asked(tenant_id, tuple(fields), cdn_base)
        waiting = self._waiting.get(asked)
        if waiting is None:
            waiting = self._waiting[asked] = {}
            task = asyncio.create_task(self._serve(asked, waiting))
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)
        found: asyncio.Future[Document | None] = asyncio.get_running_loop().create_future()
        waiting.setdefault(reference, []).append(found)
        return await found

    async def _serve(self, asked: Asked, waiting: Waiting) -> None:
        """Look up until nobody waits; a failure is that of those whose statement it was."""
        try:
            while waiting:
                taken = {name: waiting.pop(name) for name in list(waiting)[:MAX_JOINED]}
                try:
                    _settle(taken, await self._look_up(asked, list(taken)))
                except Exception as error:  # noqa: BLE001 raised again by each of those who wait
                    _settle(taken, error)
        finally:
            del self._waiting[asked]

    async def _look_up(self, asked: Asked, references: list[str]) -> dict[str, Document]:
        statement, bases = _statement(asked.fields, asked.cdn_base)
        rows = await self.rows_of(statement, asked.tenant_id, references, *bases)
        return {reference: Document(text, version) for reference, version, text in rows}


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


def _settle(waiting: Waiting, outcome: Mapping[str, Document] | Exception) -> None:
    """Give those who wait what there is; who has gone meanwhile gets nothing."""
    for reference, futures in waiting.items():
        for future in futures:
            if future.done():
                continue
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome.get(reference))
