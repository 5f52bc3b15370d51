"""Every typical query at every size and for every tenant, measured at the API."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from http import HTTPStatus

from shared.db.database import open_database
from shared.domain.image import Role, Tenant
from shared.usecases.access.keys import create_key
from tests.benchmarks.caller import Caller
from tests.benchmarks.deep import DeepPages
from tests.benchmarks.queries import Query
from tests.benchmarks.rows import Library
from tests.benchmarks.scratch import Scratch, connected, running_api
from tests.benchmarks.timing import Times, take_times

SAMPLE = """
SELECT id, uid, reference, encode(sha256, 'hex') AS sha256, size_in_bytes AS "sizeInBytes",
    to_char(created_on, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "createdOn",
    to_char(modified_on, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "modifiedOn"
FROM images WHERE tenant_id = $1 AND status = 'Ok' AND id >= $2 AND deleted_at IS NULL
ORDER BY id LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A caller of one tenant of one database, and what its queries may name."""

    library: Library
    caller: Caller
    sample: Mapping[str, object]


class Verdict(StrEnum):
    """How the times of a query compare with what they may be, as tables say it.

    One that jitters misses by its p95 alone: with other work on the machine that is chance.
    """

    KEEPS = ""
    MISSES = "MISSES"
    JITTERS = "misses by p95 alone"


@dataclass(frozen=True, slots=True)
class Line:
    """A query's times by size, for one tenant."""

    tenant: str
    query: Query
    times: dict[str, Times]

    @property
    def ends(self) -> tuple[Times, Times]:
        """The times at the smallest and at the largest size."""
        measured = list(self.times.values())
        return measured[0], measured[-1]

    @property
    def verdict(self) -> Verdict:
        """Whether it takes longer than it may at the largest size, or was refused at any."""
        smallest, largest = self.ends
        if any(times.status != HTTPStatus.OK for times in self.times.values()):
            return Verdict.MISSES
        if not self.query.misses(smallest.p95_ms, largest.p95_ms):
            return Verdict.KEEPS
        misses = self.query.misses(smallest.median_ms, largest.median_ms)
        return Verdict.MISSES if misses else Verdict.JITTERS


def measure_lists(
    scratch: Scratch, libraries: Sequence[Library], tenants: Sequence[str], queries: Sequence[Query]
) -> Iterator[Line]:
    """Measure with all sizes' APIs running, so that each round asks all of them."""
    deep = DeepPages(scratch.folder / "pages.json")
    with ExitStack() as stack:
        addresses = {
            library.size: stack.enter_context(running_api(scratch, library.database))
            for library in libraries
        }
        for tenant in tenants:
            visitors = []
            for library in libraries:
                key, sample = asyncio.run(admit(scratch, library, tenant))
                visitors.append(Visitor(library, Caller(addresses[library.size], key), sample))
            for query in queries:
                requests = {
                    visitor.library.size: partial(visitor.caller.get, path_of(visitor, query, deep))
                    for visitor in visitors
                }
                yield Line(tenant, query, take_times(requests))


async def admit(
    scratch: Scratch, library: Library, tenant: str
) -> tuple[str, Mapping[str, object]]:
    """Make a key of a tenant, and choose an image from the middle of its images."""
    url, tenant_id = scratch.database_url(library.database), library.tenants[tenant]
    async with open_database(url) as database:
        key = await create_key(database, Tenant(tenant_id, tenant), Role.ADMIN, "bench")
    async with connected(url) as connection:
        row = await connection.fetchrow(SAMPLE, tenant_id, library.rows // 2)
    return key, dict(row) if row else {}


def path_of(visitor: Visitor, query: Query, deep: DeepPages) -> str:
    """Return what the visitor is to ask for."""
    path = query.path(visitor.sample)
    if query.is_deep:
        path = deep.link(visitor.caller, visitor.library.database, path)
    return path
