"""Everybody's answers per second, side by side: taken in turns, and the medians of the ratios."""

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from urllib.parse import quote
from urllib.request import Request, urlopen

import orjson

from deploy.embedded.address import Address
from tests.benchmarks.caller import Caller
from tests.benchmarks.peers.contender import (
    PAGE_OPTIONS,
    PHOTO,
    TENANT,
    Call,
    Contender,
    Service,
    Unavailable,
)
from tests.benchmarks.peers.directus import directus
from tests.benchmarks.peers.pgbench import Pgbench
from tests.benchmarks.peers.services import express, fastapi
from tests.benchmarks.peers.wrk import UnderLoad
from tests.benchmarks.rows import Library
from tests.benchmarks.scratch import CDN_BASE, Scratch, running_api
from tests.benchmarks.statements import statements_of

OURS = "Fototeca"
ROUNDS = 5
SECONDS = 4
WARM_S = 3
TIMEOUT_S = 60
WANTED = {
    Call.PAGE: {"pgbench": 0.35, "Directus": 12, "FastAPI + SQLAlchemy": 6, "Express + pg": 2},
    Call.LOOKUP: {"pgbench": 0.30, "Directus": 25},
}
"""How many times each one's rate ours is to be."""

Runner = Callable[[Scratch, Library, str], AbstractContextManager[Service]]
OTHERS: Mapping[str, Runner] = {
    "Express + pg": express,
    "FastAPI + SQLAlchemy": fastapi,
    "Directus": directus,
}


@dataclass(slots=True)
class Rates:
    """Answers per second of one call, by contender, one number for each round."""

    call: Call
    by_name: dict[str, list[float]] = field(default_factory=dict)

    def median(self, name: str) -> float:
        """Return the middle rate."""
        return statistics.median(self.by_name[name])

    def ratio(self, name: str) -> float:
        """Return how many times the other's rate ours is, in the middle round."""
        pairs = zip(self.by_name[OURS], self.by_name[name], strict=True)
        return statistics.median(ours / theirs for ours, theirs in pairs)


def compare(scratch: Scratch, library: Library, key: str) -> list[Rates]:
    """Start everybody who can be had, check that they answer the same, and take turns."""
    with ExitStack() as stack:
        address = stack.enter_context(running_api(scratch, library.database))
        ours = _ours(address, key)
        contenders: list[Contender] = [
            UnderLoad(ours, library.rows // 1000),
            _pgbench(scratch, library, Caller(address, key), ours),
        ]
        expected = _answers(ours)
        for service in _others(stack, scratch, library):
            if _answers(service) != expected:
                raise RuntimeError(f"{service.name} answers other images: {service.page_path}")
            contenders.append(UnderLoad(service, library.rows // 1000))
        return [_take_turns(call, contenders) for call in Call]


def _take_turns(call: Call, contenders: Sequence[Contender]) -> Rates:
    rates = Rates(call)
    for contender in contenders:
        contender.rate(call, WARM_S)
    for _ in range(ROUNDS):
        for contender in contenders:
            rates.by_name.setdefault(contender.name, []).append(contender.rate(call, SECONDS))
    return rates


def _others(stack: ExitStack, scratch: Scratch, library: Library) -> Iterator[Service]:
    """Start the others; say why one cannot be had."""
    for name, run in OTHERS.items():
        try:
            yield stack.enter_context(run(scratch, library, CDN_BASE))
        except Unavailable as error:
            print(f"{name} is left out: {error}", flush=True)


def _ours(address: Address, key: str) -> Service:
    before, after = PHOTO
    return Service(
        name=OURS,
        origin=address.url,
        page_path="/images?" + quote(PAGE_OPTIONS, safe="$=&"),
        lookup_path=(f"/images({before}", f"{after})"),
        page_member="value",
        headers={"X-API-KEY": key},
    )


def _pgbench(scratch: Scratch, library: Library, caller: Caller, ours: Service) -> Pgbench:
    sent = statements_of(scratch, lambda: caller.get(ours.page_path).json)
    sql, values = next((sql, values) for sql, values in sent if "ORDER BY" in sql)
    return Pgbench(
        program=scratch.place.programs.postgres_program("pgbench"),
        database_url=scratch.database_url(library.database),
        folder=scratch.folder,
        page_sql=sql,
        page_values=values,
        tenant_id=library.tenants[TENANT],
        thousands=library.rows // 1000,
    )


def _answers(service: Service) -> tuple[object, object]:
    """Return the images of the page and the one of a look-up."""
    before, after = service.lookup_path
    page, image = (
        orjson.loads(_read(service, path)) for path in (service.page_path, f"{before}5{after}")
    )
    return page[service.page_member], image[service.image_member] if service.image_member else image


def _read(service: Service, path: str) -> bytes:
    request = Request(service.origin + path, headers=dict(service.headers))  # noqa: S310 ours
    with urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
        return bytes(answer.read())
