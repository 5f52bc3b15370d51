"""The worker's composition root: the one place here that names adapters."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from uuid import UUID

from arq.connections import ArqRedis
from uuid_utils.compat import uuid7

from shared.db.database import PostgresDatabase, open_database
from shared.db.migrate import check_schema
from shared.disk import disk_of
from shared.domain.job import Job
from shared.domain.signature import AddressSigner
from shared.outgoing.requests import Outgoing
from shared.outgoing.urls import AllowedHosts
from shared.queue.bell import RedisBell, open_redis
from shared.queue.turns import ARRIVALS, QUEUE
from shared.scratch import Scratch
from shared.sealing import Seal, derived_key
from shared.settings import Settings
from shared.storage.s3 import S3Storage, open_storage
from shared.usecases.bulk.items import Batches
from shared.usecases.bulk.lane import Lane
from shared.usecases.events.relay import Relay
from shared.usecases.objects_ports import transfer_s
from shared.usecases.ports import Bell
from shared.usecases.processing.processing import Processing
from shared.usecases.processing.sweeping import Sweeper
from shared.usecases.ringing import ring_or_leave
from shared.usecases.tenants.admission import Admission
from shared.usecases.tenants.tenants import TenantRemover
from shared.usecases.uploads.arriving import Arrivals
from shared.usecases.uploads.source import SourceRetry
from shared.usecases.webhooks.delivery import Deliverer
from worker.bulk import BulkWorker
from worker.fetch import Fetcher
from worker.imaging.configuration import (
    bulk_limits_of,
    bulk_slots_of,
    limits_of,
    recipe_of,
    slots_of,
)
from worker.imaging.decoders import Decoders
from worker.lanes import JobLane
from worker.process import Worker
from worker.report import Tally
from worker.webhooks import OutgoingCourier

JOB_TIMEOUT_S = 300
"""For one job, besides the time in which a slow storage is read."""
VERDICT_S = 20
"""The part of it that is kept for writing the outcome down, or giving the image back."""

ARRIVALS_AT_ONCE = 12
"""Images whose bytes are brought in at the same time, beside those that are processed."""
ARRIVALS_PER_TENANT = 8
"""Of these, one tenant's: slow sources of one leave places to the others."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A worker process, wired and not yet working."""

    id: UUID
    slots: int
    database: PostgresDatabase
    redis: ArqRedis
    worker: Worker
    sweeper: Sweeper
    tenant_remover: TenantRemover
    bulk: BulkWorker
    relay: Relay
    deliverer: Deliverer
    bell: Bell
    timeout_s: float
    arrival_timeout_s: float

    def lanes(self) -> Sequence[JobLane]:
        """Return the two: pictures, and bytes that have to be brought in first."""

        async def bring_in(job: Job) -> None:
            following = await self.worker.take(job)
            if following is not None:
                await ring_or_leave(self.bell, following)

        return (
            JobLane(QUEUE, self.slots, self.timeout_s, self.worker.process),
            JobLane(
                ARRIVALS, ARRIVALS_AT_ONCE, self.arrival_timeout_s, bring_in, ARRIVALS_PER_TENANT
            ),
        )


@dataclass(frozen=True, slots=True)
class _Adapters:
    """What a worker process opens, and closes at its end."""

    database: PostgresDatabase
    storage: S3Storage
    redis: ArqRedis
    scratch: Scratch
    outgoing: Outgoing
    decoders: Decoders
    bulk_decoders: Decoders


@asynccontextmanager
async def open_parts(settings: Settings) -> AsyncIterator[Parts]:
    """Open every adapter, wire the parts, and close the adapters at the end."""
    async with AsyncExitStack() as stack:
        adapters = await _open_adapters(settings, stack)
        bell = RedisBell(adapters.redis)
        worker = _worker(settings, adapters)
        timeout_s = JOB_TIMEOUT_S + transfer_s(settings.max_upload_bytes)
        yield Parts(
            id=uuid7(),
            slots=slots_of(settings),
            database=adapters.database,
            redis=adapters.redis,
            worker=worker,
            tenant_remover=TenantRemover(adapters.database, settings.upload_timeout_s),
            sweeper=Sweeper(adapters.database, adapters.storage, bell, settings.retention_days),
            bulk=_bulk(settings, adapters, worker),
            relay=Relay(adapters.database, settings.event_retention_days),
            deliverer=_deliverer(settings, adapters),
            bell=bell,
            timeout_s=timeout_s,
            arrival_timeout_s=settings.source_timeout_s + timeout_s,
        )


async def _open_adapters(settings: Settings, stack: AsyncExitStack) -> _Adapters:
    url = settings.database_url.get_secret_value()
    await check_schema(url)
    database = await stack.enter_async_context(open_database(url))
    storage = await stack.enter_async_context(open_storage(settings))
    redis = await stack.enter_async_context(open_redis(settings.redis_url.get_secret_value()))
    scratch = Scratch(settings.scratch_dir)
    stack.callback(scratch.close)
    decoders = Decoders(slots=slots_of(settings), limits=limits_of(settings))
    stack.push_async_callback(decoders.close)
    outgoing = Outgoing(AllowedHosts.parse(settings.outgoing_allowed_hosts or ""))
    stack.push_async_callback(outgoing.close)
    bulk_decoders = Decoders(slots=bulk_slots_of(settings), limits=bulk_limits_of(settings))
    stack.push_async_callback(bulk_decoders.close)
    return _Adapters(database, storage, redis, scratch, outgoing, decoders, bulk_decoders)


def _worker(settings: Settings, adapters: _Adapters) -> Worker:
    database, storage = adapters.database, adapters.storage
    source_timeout_s = settings.source_timeout_s
    arrivals = Arrivals(database, storage, settings.upload_timeout_s, settings.scratch_dir)
    disk = disk_of(settings)
    admission = Admission(disk, settings.max_upload_bytes)
    return Worker(
        processing=Processing(database, settings.lease_s, settings.retention_days),
        arrivals=arrivals,
        fetcher=Fetcher(arrivals, adapters.outgoing, admission, source_timeout_s),
        source_retry=SourceRetry(database, source_timeout_s),
        storage=storage,
        decoders=adapters.decoders,
        scratch=adapters.scratch,
        recipe=recipe_of(settings),
        tally=Tally(),
        disk=disk,
        budget_s=JOB_TIMEOUT_S - VERDICT_S,
        arrival_budget_s=source_timeout_s + JOB_TIMEOUT_S - VERDICT_S,
    )


def _bulk(settings: Settings, adapters: _Adapters, worker: Worker) -> BulkWorker:
    return BulkWorker(
        lane=Lane(adapters.database, settings.lease_s),
        batches=Batches(adapters.database, settings.retention_days),
        worker=replace(worker, decoders=adapters.bulk_decoders),
        slots=bulk_slots_of(settings),
    )


def _deliverer(settings: Settings, adapters: _Adapters) -> Deliverer:
    url_key = derived_key(settings.sealing_key, "urls")
    return Deliverer(
        adapters.database,
        OutgoingCourier(adapters.outgoing),
        Seal(settings.sealing_key, "webhooks"),
        settings.cdn_base,
        AddressSigner(url_key, settings.original_url_ttl_s),
    )
