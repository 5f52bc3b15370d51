"""What handlers find in the application and the request: typed keys, set by `app.py` alone."""

from collections.abc import MutableMapping
from dataclasses import dataclass

from aiohttp import web

from api.metrics import ApiMetrics
from shared.domain.image import Principal
from shared.settings import Settings
from shared.usecases.images import Images
from shared.usecases.ports import Bell, Database, Storage
from shared.usecases.upload import Uploads


@dataclass(frozen=True, slots=True)
class Library:
    """The use cases, wired to their adapters."""

    settings: Settings
    database: Database
    storage: Storage
    bell: Bell
    uploads: Uploads
    images: Images
    principals: MutableMapping[str, Principal]
    metrics: ApiMetrics


LIBRARY = web.AppKey("library", Library)
REQUEST_ID = web.RequestKey("request_id", str)
