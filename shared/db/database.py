"""The connection pools, opened once per process, and what is lent and run on them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext

import asyncpg

from shared.db.accounts import AccountTable
from shared.db.categories import CategoryTable
from shared.db.credentials import CredentialTable
from shared.db.events import EventTable
from shared.db.executor import ACQUIRE_TIMEOUT_S, Executor, in_transaction, translated
from shared.db.idempotency import KeyTable
from shared.db.images import ImageTable
from shared.db.incoming import IncomingTable
from shared.db.inspection import InspectionReader
from shared.db.lending import Lender, Pool
from shared.db.links import LinkTable
from shared.db.locales import LocaleTable
from shared.db.lookups import LookupReader
from shared.db.objects import ObjectTable, UploadTable
from shared.db.operations import OperationTable
from shared.db.operations_acceptance import CONNECTIONS as ACCEPTING
from shared.db.operations_acceptance import SESSION as ACCEPTING_SESSION
from shared.db.operations_acceptance import AcceptanceReader
from shared.db.pages import LIST_CONNECTIONS, LIST_SESSION, WALK_SESSION, PageReader
from shared.db.products import ProductTable
from shared.db.references import RecordTable
from shared.db.staging import StagingTable
from shared.db.tenants import TenantTable
from shared.db.webhooks import WebhookTable

COMMAND_TIMEOUT_S = 15.0


class PostgresStatements(
    ImageTable,
    ObjectTable,
    UploadTable,
    IncomingTable,
    TenantTable,
    AccountTable,
    EventTable,
    WebhookTable,
    CredentialTable,
    StagingTable,
    ProductTable,
    LinkTable,
    KeyTable,
    OperationTable,
    LocaleTable,
    RecordTable,
    CategoryTable,
):
    """Every named statement, on a pool or within a transaction."""


class PostgresDatabase(PostgresStatements):
    """See `Database`."""

    def __init__(
        self, pool: Pool, lists: PageReader, lookups: LookupReader, acceptance: AcceptanceReader
    ) -> None:
        super().__init__(lambda: pool.acquire(timeout=ACQUIRE_TIMEOUT_S))
        self._pool = pool
        self._lists = lists
        self._lookups = lookups
        self._acceptance = acceptance

    @property
    def lists(self) -> PageReader:
        """Lists, on their own connections."""
        return self._lists

    @property
    def lookups(self) -> LookupReader:
        """Single images as documents."""
        return self._lookups

    @property
    def inspection(self) -> InspectionReader:
        """Everything, page by page, for fsck and backups."""
        return InspectionReader(self._borrow)

    @property
    def acceptance(self) -> AcceptanceReader:
        """Operations that begin, on their own connections: to count takes its time."""
        return self._acceptance

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresStatements]:
        """Lend the statements within one transaction."""
        async with in_transaction(self._pool) as connection:
            yield PostgresStatements(lambda: nullcontext(connection))

    async def ping(self) -> None:
        """Return if Postgres answers, else raise UnavailableError."""
        with translated():
            async with self._borrow() as connection:
                await connection.fetchval("SELECT 1", timeout=2)


@asynccontextmanager
async def open_database(url: str, *, connections: int = 10) -> AsyncIterator[PostgresDatabase]:
    """Open a pool of at most `connections`, and close it at the end.

    Filtered lists have two more, plain ones, look-ups and operations that begin one each, so that
    none waits for another kind. Sessions are never changed, so nothing has to be reset when a
    connection is returned: the pool's own reset would double the work of each look-up.
    """
    pool = await _open_pool(url, connections)
    few = min(connections, LIST_CONNECTIONS)
    lists = await _open_pool(url, few, LIST_SESSION)
    windows = await _open_pool(url, few, WALK_SESSION)
    walks = await _open_pool(url, few, WALK_SESSION)
    lookups = await _open_pool(url, few, WALK_SESSION)
    accepting = await _open_pool(url, min(connections, ACCEPTING), ACCEPTING_SESSION)
    try:
        yield PostgresDatabase(
            pool,
            PageReader(Lender(lists), Executor(Lender(walks)), Executor(Lender(windows))),
            LookupReader(Lender(lookups)),
            AcceptanceReader(accepting),
        )
    finally:
        for opened in (pool, lists, windows, walks, lookups, accepting):
            opened.terminate()


async def _open_pool(url: str, connections: int, session: Mapping[str, str] | None = None) -> Pool:
    return await asyncpg.create_pool(
        url,
        min_size=0,
        max_size=connections,
        command_timeout=COMMAND_TIMEOUT_S,
        timeout=5,
        reset=_nothing_to_reset,
        server_settings={"application_name": "fototeca", "timezone": "UTC", **(session or {})},
    )


async def _nothing_to_reset(_connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Leave the session as it is."""
