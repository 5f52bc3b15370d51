"""All that use cases need from outside; adapters are in `shared/db`, `storage` and `queue`."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import BinaryIO, Protocol

from shared.domain.job import Job
from shared.usecases.access.credentials import CredentialStatements
from shared.usecases.access.ports import TenantStatements
from shared.usecases.bulk.ports import Acceptance, OperationStatements
from shared.usecases.editing.images_ports import ImageStatements
from shared.usecases.editing.ports import LinkStatements, RevisionStatements
from shared.usecases.editorial.categories_ports import CategoryStatements
from shared.usecases.editorial.locales_ports import LocaleStatements
from shared.usecases.editorial.records_ports import RecordStatements
from shared.usecases.events.ports import EventStatements
from shared.usecases.idempotency.ports import KeyStatements
from shared.usecases.lists_ports import Lists, Lookups
from shared.usecases.objects_ports import ObjectStatements, UploadStatements
from shared.usecases.products.ports import ProductStatements
from shared.usecases.tenants.admission_ports import AccountStatements
from shared.usecases.tenants.ports import LeavingStatements
from shared.usecases.upkeep.inspection import Inspection, StoredKey
from shared.usecases.uploads.incoming_ports import IncomingStatements, StoredPart
from shared.usecases.uploads.staging_ports import StagingStatements
from shared.usecases.webhooks.ports import WebhookStatements


class Statements(
    ImageStatements,
    ObjectStatements,
    UploadStatements,
    TenantStatements,
    AccountStatements,
    LeavingStatements,
    EventStatements,
    WebhookStatements,
    CredentialStatements,
    IncomingStatements,
    LinkStatements,
    RevisionStatements,
    StagingStatements,
    ProductStatements,
    KeyStatements,
    OperationStatements,
    LocaleStatements,
    RecordStatements,
    CategoryStatements,
    Protocol,
):
    """Everything that may be asked of Postgres."""


class Database(Statements, Protocol):
    """Postgres: single statements each commit by themselves; `transaction` binds several."""

    @property
    def lists(self) -> Lists: ...
    @property
    def lookups(self) -> Lookups: ...
    @property
    def inspection(self) -> Inspection: ...
    @property
    def acceptance(self) -> Acceptance: ...
    def transaction(self) -> AbstractAsyncContextManager[Statements]: ...
    async def ping(self) -> None: ...


class Storage(Protocol):
    """One S3 bucket. Raises UnavailableError when it does not answer."""

    async def put(self, key: str, source: BinaryIO) -> None: ...
    async def begin_multipart(self, key: str) -> str: ...
    async def put_part(self, key: str, multipart_id: str, number: int, source: BinaryIO) -> str: ...
    async def complete_multipart(
        self, key: str, multipart_id: str, etags: Sequence[str]
    ) -> None: ...
    async def abort_multipart(self, key: str, multipart_id: str) -> None: ...
    async def abort_multiparts(self, key: str) -> None: ...
    def read(
        self, key: str, *, start: int = 0, length: int | None = None
    ) -> AsyncIterator[bytes]: ...
    async def parts(self, key: str, multipart_id: str) -> list[StoredPart]: ...
    async def copy(self, source: str, target: str) -> None: ...
    async def size_of(self, key: str) -> int | None: ...
    async def exists(self, key: str) -> bool: ...
    def keys(self, prefix: str) -> AsyncGenerator[StoredKey, None]: ...
    async def delete(self, key: str) -> None: ...
    async def ping(self) -> None: ...


class Bell(Protocol):
    """Tells the workers that there is work; where that is lost, the work is only done later."""

    async def ring(self, job: Job) -> bool: ...
    async def is_stuck(self, job: Job) -> bool: ...
    async def ping(self) -> None: ...
