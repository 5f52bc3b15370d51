"""The API's composition root: the one place here that names adapters."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from aiohttp import web
from cachetools import TTLCache

from api import cdn, cors, files, health
from api.backoffice.answers import PREFIX as BACKOFFICE
from api.backoffice.errors import backoffice_error
from api.backoffice.routes import routes as backoffice_routes
from api.bodies import MAX_JSON_BYTES
from api.concurrency import ConcurrencyLimit
from api.connect.errors import connect_error
from api.connect.routes import routes as connect_routes
from api.context import LIBRARY, Library
from api.dam.events import routes as event_routes
from api.dam.links import routes as link_routes
from api.dam.lists import routes as list_routes
from api.dam.operations import routes as operation_routes
from api.dam.revisions import routes as revision_routes
from api.dam.routes import image_routes
from api.dam.routes import routes as dam_routes
from api.dam.usage import routes as usage_routes
from api.dam.versions import versioned
from api.dam.webhooks import routes as webhook_routes
from api.faults import CONTRACTS
from api.guess_limit import GuessLimit
from api.metrics import ApiMetrics
from api.middlewares import explained, observed, stamped
from api.oauth.errors import oauth_error
from api.oauth.routes import routes as oauth_routes
from api.openapi.routes import routes as openapi_routes
from api.products.errors import products_error
from api.products.routes import routes as product_routes
from api.skiptokens import Skiptokens
from api.ui.routes import routes as ui_routes
from shared.db.database import PostgresDatabase, open_database
from shared.db.migrate import check_schema
from shared.disk import disk_of
from shared.domain.digest import Nonces
from shared.domain.signature import AddressSigner
from shared.outgoing.requests import Outgoing
from shared.outgoing.urls import AllowedHosts
from shared.queue.bell import RedisBell, open_redis
from shared.reach import unreachable_uploads
from shared.sealing import Seal, derived_key
from shared.settings import Settings
from shared.storage.presigner import S3Presigner, open_presigner
from shared.storage.s3 import S3Storage, open_storage
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
from shared.usecases.ports import Database
from shared.usecases.products.products import Products
from shared.usecases.tenants.admission import Admission
from shared.usecases.uploads.completion import Completion
from shared.usecases.uploads.incoming import IncomingUploads, Terms
from shared.usecases.uploads.source import SourceImports
from shared.usecases.uploads.staging import Staging
from shared.usecases.uploads.upload import Limits, Uploads
from shared.usecases.webhooks.registry import Webhooks

log = structlog.get_logger(__name__)

ROUTES = (
    image_routes,
    list_routes,
    link_routes,
    revision_routes,
    operation_routes,
    event_routes,
    webhook_routes,
    usage_routes,
    dam_routes,
    connect_routes,
    oauth_routes,
    backoffice_routes,
    product_routes,
    files.routes,
    cdn.routes,
    health.routes,
    openapi_routes,
    ui_routes,
)

ERRORS = (
    ("/token", connect_error),
    ("/api/images", connect_error),
    ("/oauth/", oauth_error),
    (f"{BACKOFFICE}/", backoffice_error),
    ("/api/v4", products_error),
)
"""Where errors have another form than problem details, and which."""

DOWNLOADS = 128
SMALL_DOWNLOADS = 64
"""Large and small files sent at once, over S3 connections that uploads do not need."""
DOWNLOAD_WAIT_S = 5.0
"""How long a download waits for a free place before it is refused."""

PRINCIPALS = 10_000
PRINCIPAL_TTL_S = 3.0
"""A revoked key is refused after at most this long."""


def make_app(settings: Settings) -> web.Application:
    """Build the application; its adapters open when it starts and close when it ends."""
    app = web.Application(
        middlewares=[observed, cors.preflighted, explained], client_max_size=MAX_JSON_BYTES
    )
    app[CONTRACTS] = ERRORS
    app.on_response_prepare.append(_finish)
    app.add_routes([route for routes in ROUTES for route in routes()])

    async def wired(app: web.Application) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            app[LIBRARY] = await _wire(settings, stack)
            yield

    app.cleanup_ctx.append(wired)
    app.on_shutdown.append(_close_streams)
    return app


async def _finish(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that every response has."""
    stamped(request, response)
    versioned(request, response)
    cdn.sandboxed(request, response)
    cors.shared(request, response)


async def _close_streams(app: web.Application) -> None:
    app[LIBRARY].watch.close()


@asynccontextmanager
async def _watching(database: Database) -> AsyncIterator[Watch]:
    watch = Watch(database)
    following = asyncio.create_task(watch.follow())
    try:
        yield watch
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class _Adapters:
    """What an API process opens, and closes at its end; `pictures` is the storage for the CDN."""

    database: PostgresDatabase
    storage: S3Storage
    pictures: S3Storage
    presigner: S3Presigner
    bell: RedisBell
    allowed: AllowedHosts
    outgoing: Outgoing
    watch: Watch


async def _open_adapters(settings: Settings, stack: AsyncExitStack) -> _Adapters:
    url = settings.database_url.get_secret_value()
    await check_schema(url)
    database = await stack.enter_async_context(open_database(url))
    storage = await stack.enter_async_context(open_storage(settings))
    pictures = await stack.enter_async_context(
        open_storage(settings, connections=DOWNLOADS + SMALL_DOWNLOADS)
    )
    redis = await stack.enter_async_context(open_redis(settings.redis_url.get_secret_value()))
    allowed = AllowedHosts.parse(settings.outgoing_allowed_hosts or "")
    outgoing = Outgoing(allowed)
    stack.push_async_callback(outgoing.close)
    presigner = await stack.enter_async_context(open_presigner(settings))
    watch = await stack.enter_async_context(_watching(database))
    bell = RedisBell(redis)
    return _Adapters(database, storage, pictures, presigner, bell, allowed, outgoing, watch)


async def _wire(settings: Settings, stack: AsyncExitStack) -> Library:
    _warn(settings)
    opened = await _open_adapters(settings, stack)
    database, storage, bell = opened.database, opened.storage, opened.bell
    limits = Limits(
        timeout_s=settings.upload_timeout_s,
        retention_days=settings.retention_days,
        scratch=_scratch(settings),
    )
    disk = disk_of(settings)
    admission = Admission(disk, settings.max_upload_bytes)
    uploads = Uploads(database, storage, bell, limits, admission)
    terms = _terms(settings)
    staging = Staging(database, uploads, bell, terms.ttl_s, terms.max_open)
    signer = AddressSigner(derived_key(settings.sealing_key, "urls"), settings.original_url_ttl_s)
    images = Images(database, bell)
    return Library(
        settings=settings,
        database=database,
        storage=storage,
        pictures=opened.pictures,
        downloads=ConcurrencyLimit(DOWNLOADS, DOWNLOAD_WAIT_S),
        small_downloads=ConcurrencyLimit(SMALL_DOWNLOADS, DOWNLOAD_WAIT_S),
        bell=bell,
        disk=disk,
        uploads=uploads,
        images=images,
        events=Events(database, settings.cdn_base, signer),
        watch=opened.watch,
        webhooks=Webhooks(database, opened.outgoing, Seal(settings.sealing_key, "webhooks")),
        editor=Editor(database, bell),
        links=Links(database),
        idempotency=Idempotency(database, Seal(settings.sealing_key, "answers")),
        revisions=Revisions(database, storage, uploads),
        incoming=IncomingUploads(database, storage, opened.presigner, terms, admission),
        sources=SourceImports(database, bell, opened.allowed, admission),
        completion=Completion(database, storage, bell, terms.longest_s),
        staging=staging,
        assets=Assets(database, staging, images),
        categories=Categories(database),
        references=References(database),
        editorials=Editorials(database),
        products=Products(database, staging),
        operations=Operations(database),
        guess_limit=GuessLimit(),
        principals=TTLCache(PRINCIPALS, PRINCIPAL_TTL_S),
        metrics=ApiMetrics(),
        seal=Seal(settings.sealing_key, "digest"),
        nonces=Nonces(derived_key(settings.sealing_key, "nonces")),
        signer=signer,
        skiptokens=Skiptokens(derived_key(settings.sealing_key, "skiptokens")),
    )


def _scratch(settings: Settings) -> Path | None:
    if settings.scratch_dir is not None:
        settings.scratch_dir.mkdir(parents=True, exist_ok=True)
    return settings.scratch_dir


def _terms(settings: Settings) -> Terms:
    return Terms(
        ttl_s=settings.upload_url_ttl_s,
        longest_s=settings.upload_timeout_s,
        max_open=settings.max_open_uploads,
    )


def _warn(settings: Settings) -> None:
    """Say at the start what clients will not be able to do."""
    endpoint = settings.s3_public_endpoint_url or settings.s3_endpoint_url
    unreachable = unreachable_uploads(endpoint, settings.origin)
    if unreachable:
        log.warning("presigned_uploads_unreachable", detail=unreachable)
