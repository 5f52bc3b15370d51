"""What handlers find in the application and the request: typed keys, set by `app.py` alone."""

from collections.abc import MutableMapping
from dataclasses import dataclass

from aiohttp import web

from api.concurrency import ConcurrencyLimit
from api.guess_limit import GuessLimit
from api.metrics import ApiMetrics
from api.skiptokens import Skiptokens
from shared.domain.digest import Nonces
from shared.domain.image import Principal
from shared.domain.signature import AddressSigner
from shared.settings import Settings
from shared.usecases.access.credentials import Sealer
from shared.usecases.bulk.operations import Operations
from shared.usecases.editing.editing import Editor
from shared.usecases.editing.images import Images
from shared.usecases.editing.links import Links
from shared.usecases.editing.revisions import Revisions
from shared.usecases.editorial.assets import Assets
from shared.usecases.editorial.categories import Categories
from shared.usecases.editorial.records import References
from shared.usecases.editorial.texts import Editorials
from shared.usecases.events.feed import Events
from shared.usecases.events.watch import Watch
from shared.usecases.idempotency.keys import Idempotency
from shared.usecases.ports import Bell, Database, Storage
from shared.usecases.products.products import Products
from shared.usecases.tenants.admission_ports import FreeSpace
from shared.usecases.uploads.completion import Completion
from shared.usecases.uploads.incoming import IncomingUploads
from shared.usecases.uploads.source import SourceImports
from shared.usecases.uploads.staging import Staging
from shared.usecases.uploads.upload import Uploads
from shared.usecases.webhooks.registry import Webhooks


@dataclass(frozen=True, slots=True)
class Library:
    """The use cases, wired to their adapters.

    `pictures` is the storage as the CDN reads it; `downloads` and `small_downloads` limit how many
    large and small files it sends at once.
    """

    settings: Settings
    database: Database
    storage: Storage
    pictures: Storage
    downloads: ConcurrencyLimit
    small_downloads: ConcurrencyLimit
    bell: Bell
    disk: FreeSpace
    uploads: Uploads
    images: Images
    events: Events
    watch: Watch
    webhooks: Webhooks
    editor: Editor
    links: Links
    idempotency: Idempotency
    revisions: Revisions
    incoming: IncomingUploads
    sources: SourceImports
    completion: Completion
    staging: Staging
    assets: Assets
    categories: Categories
    references: References
    products: Products
    editorials: Editorials
    operations: Operations
    guess_limit: GuessLimit
    principals: MutableMapping[bytes, Principal]
    metrics: ApiMetrics
    seal: Sealer
    nonces: Nonces
    signer: AddressSigner
    skiptokens: Skiptokens


LIBRARY = web.AppKey("library", Library)
REQUEST_ID = web.RequestKey("request_id", str)
