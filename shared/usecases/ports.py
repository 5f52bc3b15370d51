"""What use cases need from outside, as protocols; adapters in `shared/db`, `storage`, `queue`."""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple, Protocol
from uuid import UUID

from shared.domain.expression import Node
from shared.domain.gravity import CENTER
from shared.domain.image import (
    Image,
    Kind,
    Originals,
    Principal,
    Role,
    Tenant,
    ThumbnailFormat,
    Wishes,
)
from shared.domain.job import Job
from shared.domain.order import Key
from shared.domain.signature import Pads
from shared.domain.status import Status
from shared.usecases.admission_ports import AccountStatements
from shared.usecases.bulk_ports import Acceptance, OperationStatements
from shared.usecases.categories_ports import CategoryStatements
from shared.usecases.credentials import CredentialStatements
from shared.usecases.editing_ports import LinkStatements, RevisionStatements
from shared.usecases.events_ports import EventStatements
from shared.usecases.idempotency_ports import KeyStatements
from shared.usecases.incoming_ports import IncomingStatements, StoredPart
from shared.usecases.inspection import Inspection, StoredKey
from shared.usecases.locales_ports import LocaleStatements
from shared.usecases.products_ports import ProductStatements
from shared.usecases.records_ports import RecordStatements
from shared.usecases.staging_ports import StagingStatements
from shared.usecases.tenants_ports import LeavingStatements
from shared.usecases.webhooks_ports import WebhookStatements


@dataclass(frozen=True, slots=True)
class Guard:
    """Which image an update means, and what must still hold for it; None means any."""

    tenant_id: int
    image_id: int
    statuses: Collection[Status]
    revision: int | None = None
    attempt: int | None = None
    row_version: int | None = None
    only_due: bool = False


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes on their way: recorded before the first one, consumed by the commit."""

    id: UUID
    tenant_id: int
    image_id: int | None
    uid: UUID
    reference: str
    revision: int
    base_revision: int | None
    key: str


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A key in the bucket; attempt 0 for originals.

    `role` is `original`, `TH`, `THM`, `THP` or `THS`.
    """

    key: str
    revision: int
    attempt: int
    role: str
    size_in_bytes: int
    sha256: bytes
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class Original:
    """Where a revision's bytes are, and what they are."""

    key: str
    size_in_bytes: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class ServedObject:
    """What the CDN says of a key; `content_type` None means: not yet known to be a picture.

    One that `is_private` is shown at a signed address only.
    """

    tenant_id: int
    image_id: int
    reference: str
    role: str
    size_in_bytes: int
    sha256: bytes
    content_type: str | None
    deleted: bool
    is_private: bool


@dataclass(frozen=True, slots=True)
class ExpiredUpload:
    """An upload that nobody will finish."""

    tenant_id: int
    id: UUID
    key: str
    multipart_id: str | None


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """Images in Up or Re: how many (counted to 10,000), the oldest's age, how many lack S3."""

    depth: int
    age_s: float
    waiting_for_storage: int


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """What a worker last said of itself, and how long ago."""

    worker_id: UUID
    age_s: float
    report: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TenantRow:
    """A tenant as operators list it."""

    name: str
    created_on: str


@dataclass(frozen=True, slots=True)
class KeyRow:
    """An API key without its secret."""

    id: int
    role: Role
    label: str
    created_on: str
    revoked_on: str | None


class DocumentField(NamedTuple):
    """A member of an answer: its name there, and an attribute of an image.

    Attributes are the image's columns, and `original_url`, `thumbnail_url`, `thumbnail_medium_url`
    and `thumbnail_preview_url`. `zoned` times end in Z. Addresses with `pads` are signed by them.
    """

    name: str
    attribute: str
    zoned: bool = False
    pads: Pads | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which images: those for which the filter is true, deleted ones or the others."""

    filter: Node | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class PageQuery:
    """One page: `order` is total; it begins after `skip` rows or after a row.

    `after` has the values of the order's keys, `id` included, as `Page.last` gave them.
    """

    selection: Selection
    fields: Sequence[DocumentField]
    order: Sequence[Key]
    limit: int
    skip: int = 0
    after: Sequence[object] | None = None


class Document(NamedTuple):
    """One image as a JSON text, and the row version that it shows."""

    text: str
    row_version: int


@dataclass(frozen=True, slots=True)
class Page:
    """Documents as JSON texts with commas between, and how many they are.

    `last` is where the next page begins; None at the end.
    """

    documents: str
    size: int
    last: Sequence[object] | None


@dataclass(frozen=True, slots=True)
class Total:
    """How many; beyond a bound it is an estimate."""

    count: int
    is_estimate: bool

    def at_least(self, seen: int) -> "Total":
        """Return what a reader who saw so many can believe; what was counted stands."""
        return Total(max(self.count, seen), is_estimate=True) if self.is_estimate else self


class ImageStatements(Protocol):
    """Images; every statement names its tenant, but for those of the sweeper and metrics."""

    async def image_by_reference(self, tenant_id: int, reference: str) -> Image | None: ...
    async def image_by_uid(self, tenant_id: int, uid: UUID) -> Image | None: ...
    async def image_by_sha256(self, tenant_id: int, sha256: bytes) -> Image | None: ...
    async def image_by_id(self, tenant_id: int, image_id: int) -> Image | None: ...
    async def lock_image(self, tenant_id: int, image_id: int) -> Image | None: ...
    async def insert_image(
        self,
        upload: Upload,
        tags: Sequence[str],
        original: Original,
        kind: Kind = Kind.PICTURE,
        gravity: str = CENTER,
    ) -> Image | None: ...
    async def insert_void_image(
        self, tenant_id: int, uid: UUID, reference: str, tags: Sequence[str]
    ) -> Image | None: ...
    async def insert_sourced_image(
        self, tenant_id: int, uid: UUID, reference: str, tags: Sequence[str], url: str
    ) -> Image | None: ...
    async def next_revision(self, tenant_id: int, image_id: int) -> int | None: ...
    async def guarded_update(
        self,
        guard: Guard,
        changes: Mapping[str, Any],
        *,
        due_in_s: float | None = None,
        touch: bool = True,
        delete: bool = False,
    ) -> Image | None: ...
    async def extend_lease(self, job: Job, lease_s: float) -> bool: ...
    async def restore_image(self, tenant_id: int, image_id: int) -> Image | None: ...
    async def forget_images(self, retention_days: int, limit: int) -> int: ...
    async def purge_image(self, tenant_id: int, image_id: int) -> bool: ...
    async def due_images(self, limit: int, overdue_s: float) -> list[tuple[Job, bool]]: ...
    async def queue_depth(self) -> QueueDepth: ...


class Lists(Protocol):
    """Images in bulk, for one tenant; what takes too long ends with an UnavailableError."""

    async def page(self, tenant_id: int, query: PageQuery, cdn_base: str) -> Page: ...
    async def total(self, tenant_id: int, selection: Selection, cdn_base: str) -> Total: ...


class Lookups(Protocol):
    """Single images as they are shown, for one tenant."""

    async def document(
        self, tenant_id: int, reference: str, fields: Sequence[DocumentField], cdn_base: str
    ) -> Document | None: ...


class ObjectStatements(Protocol):
    """Keys of the bucket, and those that have to go."""

    async def insert_object(self, tenant_id: int, image_id: int, item: StoredObject) -> None: ...
    async def original_of(
        self, tenant_id: int, image_id: int, revision: int
    ) -> Original | None: ...
    async def duplicates_of(
        self, tenant_id: int, image_id: int, revision: int, limit: int
    ) -> list[str]: ...
    async def served_object(self, tenant_name: str, key: str) -> ServedObject | None: ...
    async def describe_original(
        self, tenant_id: int, image_id: int, revision: int, file_type: str, content_type: str
    ) -> None: ...
    async def supersede(self, tenant_id: int, image_id: int, retention_days: int) -> None: ...
    async def schedule_purge(self, tenant_id: int, image_id: int) -> None: ...
    async def intend(self, tenant_id: int, keys: Sequence[str], due_in_s: float) -> None: ...
    async def keep(self, tenant_id: int, keys: Sequence[str]) -> bool: ...
    async def claim_deletions(self, limit: int) -> list[tuple[int, str]]: ...
    async def finish_deletion(self, tenant_id: int, key: str) -> None: ...


class UploadStatements(Protocol):
    """Uploads in flight."""

    async def begin_upload(self, upload: Upload, deadline_s: float) -> None: ...
    async def note_multipart(self, upload: Upload, multipart_id: str) -> bool: ...
    async def consume_upload(self, upload: Upload) -> bool: ...
    async def claim_expired_uploads(self, limit: int) -> list[ExpiredUpload]: ...
    async def forget_upload(self, tenant_id: int, upload_id: UUID) -> None: ...
    async def expire_upload(self, tenant_id: int, upload_id: UUID, due_in_s: float) -> None: ...


class TenantStatements(Protocol):
    """Tenants, their keys, and the workers' reports."""

    async def insert_tenant(self, name: str, thumbnails: ThumbnailFormat) -> Tenant | None: ...
    async def tenant_name(self, tenant_id: int) -> str: ...
    async def wishes_of(self, tenant_id: int) -> Wishes: ...
    async def set_thumbnail_format(self, tenant_id: int, thumbnails: ThumbnailFormat) -> None: ...
    async def set_watermark(self, tenant_id: int, text: str | None) -> None: ...
    async def set_originals(self, tenant_id: int, originals: Originals) -> None: ...
    async def tenant_by_name(self, name: str) -> Tenant | None: ...
    async def list_tenants(self) -> list[TenantRow]: ...
    async def insert_key(self, tenant_id: int, sha256: bytes, role: Role, label: str) -> int: ...
    async def principal_by_key(self, tenant_id: int, sha256: bytes) -> Principal | None: ...
    async def list_keys(self, tenant_id: int) -> list[KeyRow]: ...
    async def revoke_key(self, tenant_id: int, key_id: int) -> bool: ...
    async def report_worker(self, worker_id: UUID, report: Mapping[str, Any]) -> None: ...
    async def retire_worker(self, worker_id: UUID) -> None: ...
    async def worker_reports(self) -> list[WorkerReport]: ...


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
    """Tells the workers that there is work; a lost ring only delays."""

    async def ring(self, job: Job) -> bool: ...
    async def is_stuck(self, job: Job) -> bool: ...
    async def ping(self) -> None: ...
