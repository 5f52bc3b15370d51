"""The API's composition root: the one place here that names adapters."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

from aiohttp import web
from cachetools import TTLCache

from api import cdn, health
from api.bodies import MAX_JSON_BYTES
from api.context import LIBRARY, Library
from api.dam.lists import routes as list_routes
from api.dam.routes import routes as dam_routes
from api.dam.versions import versioned
from api.guesses import Guesses
from api.metrics import ApiMetrics
from api.middlewares import explained, observed, stamped
from api.turnstile import Turnstile
from api.ui.routes import routes as ui_routes
from shared.db.database import open_database
from shared.db.migrate import check_schema
from shared.queue.bell import RedisBell, open_redis
from shared.settings import Settings
from shared.storage.presigner import open_presigner
from shared.storage.s3 import open_storage
from shared.usecases.completion import Completion
from shared.usecases.images import Images
from shared.usecases.incoming import IncomingUploads, Terms
from shared.usecases.upload import Limits, Uploads

DOWNLOADS = 128
GLANCES = 64
PATIENCE_S = 5.0
"""Large and small files sent at once, on connections to S3 that uploads do not need."""

PRINCIPALS = 10_000
PRINCIPAL_TTL_S = 3.0
"""A revoked key is refused after at most this long."""


def make_app(settings: Settings) -> web.Application:
    """Build the application; its adapters open when it starts and close when it ends."""
    app = web.Application(middlewares=[observed, explained], client_max_size=MAX_JSON_BYTES)
    app.on_response_prepare.append(_finish)
    app.add_routes([*list_routes(), *dam_routes(), *cdn.routes(), *health.routes(), *ui_routes()])

    async def wired(app: web.Application) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            app[LIBRARY] = await _wire(settings, stack)
            yield

    app.cleanup_ctx.append(wired)
    return app


async def _finish(request: web.Request, response: web.StreamResponse) -> None:
    """Add what is added to every answer."""
    stamped(request, response)
    versioned(request, response)
    cdn.sandboxed(request, response)


async def _wire(settings: Settings, stack: AsyncExitStack) -> Library:
    url = settings.database_url.get_secret_value()
    await check_schema(url)
    database = await stack.enter_async_context(open_database(url))
    storage = await stack.enter_async_context(open_storage(settings))
    pictures = await stack.enter_async_context(
        open_storage(settings, connections=DOWNLOADS + GLANCES)
    )
    redis = await stack.enter_async_context(open_redis(settings.redis_url.get_secret_value()))
    bell = RedisBell(redis)
    limits = Limits(
        max_bytes=settings.max_upload_bytes,
        timeout_s=settings.upload_timeout_s,
        retention_days=settings.retention_days,
        scratch=_scratch(settings),
    )
    presigner = await stack.enter_async_context(open_presigner(settings))
    terms = Terms(
        max_bytes=settings.max_upload_bytes,
        ttl_s=settings.upload_url_ttl_s,
        longest_s=settings.upload_timeout_s,
        max_open=settings.max_open_uploads,
    )
    return Library(
        settings=settings,
        database=database,
        storage=storage,
        pictures=pictures,
        downloads=Turnstile(DOWNLOADS, PATIENCE_S),
        glances=Turnstile(GLANCES, PATIENCE_S),
        bell=bell,
        uploads=Uploads(database, storage, bell, limits),
        images=Images(database, bell),
        incoming=IncomingUploads(database, storage, presigner, terms),
        completion=Completion(database, storage, bell, terms.longest_s),
        guesses=Guesses(),
        principals=TTLCache(PRINCIPALS, PRINCIPAL_TTL_S),
        metrics=ApiMetrics(),
    )


def _scratch(settings: Settings) -> Path | None:
    if settings.scratch_dir is not None:
        settings.scratch_dir.mkdir(parents=True, exist_ok=True)
    return settings.scratch_dir
