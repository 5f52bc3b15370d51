"""What handlers find in the application and the request: typed keys, set by `app.py` alone."""

from collections.abc import MutableMapping
from dataclasses import dataclass

from aiohttp import web

from api.guesses import Guesses
from api.metrics import ApiMetrics
from api.turnstile import Turnstile
from shared.domain.digest import Nonces
from shared.domain.image import Principal
from shared.domain.signature import AddressSigner
from shared.settings import Settings
from shared.usecases.admission_ports import FreeSpace
from shared.usecases.assets import Assets
from shared.usecases.bulk import Operations
from shared.usecases.categories import Categories
from shared.usecases.completion import Completion
from shared.usecases.credentials import Sealer
from shared.usecases.editing import Editor
from shared.usecases.editorial import Editorials
from shared.usecases.events import Events
from shared.usecases.events_watch import Watch
from shared.usecases.idempotency import Idempotency
from shared.usecases.images import Images
from shared.usecases.incoming import IncomingUploads
from shared.usecases.links import Links
from shared.usecases.ports import Bell, Database, Storage
from shared.usecases.products import Products
from shared.usecases.records import References
from shared.usecases.revisions import Revisions
from shared.usecases.source import SourceImports
from shared.usecases.staging import Staging
from shared.usecases.upload import Uploads
from shared.usecases.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class Library:
    """The use cases, wired to their adapters.

    `pictures` is the storage as the CDN reads it; `downloads` and `glances` are the places for what
    is large and what is small there.
    """

    settings: Settings
    database: Database
    storage: Storage
    pictures: Storage
    downloads: Turnstile
    glances: Turnstile
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
    guesses: Guesses
    principals: MutableMapping[bytes, Principal]
    metrics: ApiMetrics
    seal: Sealer
    nonces: Nonces
    signer: AddressSigner


LIBRARY = web.AppKey("library", Library)
REQUEST_ID = web.RequestKey("request_id", str)
