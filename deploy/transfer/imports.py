"""An import from beginning to end: look, compare, send, describe."""

import asyncio
from collections.abc import Iterator

from rich.console import Console

from deploy.transfer.describing import Describer
from deploy.transfer.entries import Entry, Refusal, Words, clean_tags, entries_in
from deploy.transfer.failure import TransferError
from deploy.transfer.importing import Importer
from deploy.transfer.manifest import read_manifest
from deploy.transfer.meter import Meter
from deploy.transfer.order import OnConflict, Order
from deploy.transfer.plan import Plan, Planner
from deploy.transfer.tally import Fate, Tally
from deploy.transfer.target import Target
from fototeca_client import Fototeca, Retries

FIRST_CALL = Retries(tries=2)
"""Whoever mistypes an address should not wait."""
PATIENT = Retries(tries=12)
"""About three minutes: a service that is started anew does not end an import."""


async def run_import(target: Target, order: Order, tally: Tally, console: Console) -> None:
    """Do what is asked, telling `tally`; raise where nothing, or nothing more, can be done."""
    async with Fototeca(target.url, target.key, retries=FIRST_CALL) as library:
        members = await library.members()
        await library.count(filter="id eq 0")
    connections = order.jobs + 2
    async with Fototeca(
        target.url, target.key, retries=PATIENT, connections=connections
    ) as library:
        entries = await asyncio.to_thread(_look, order, members, tally)
        if not entries and not tally.counts:
            console.print(
                "There is nothing to import (hidden files and linked folders do not count)."
            )
            return
        with Meter(console, "comparing", len(entries), len(entries), sized=False) as meter:
            planner = Planner(library, order.on_conflict, tally, meter, wait=order.wait)
            plan = await planner.plan(entries)
        if tally.counts[Fate.CONFLICT]:
            raise TransferError(
                "nothing was sent: choose what to do with the conflicts by --on-conflict "
                "skip, suffix or replace"
            )
        if order.dry_run:
            _foretell(plan, tally, console)
            return
        await _send(library, order, plan, tally, console)


async def _send(
    library: Fototeca, order: Order, plan: Plan, tally: Tally, console: Console
) -> None:
    overwrite = order.on_conflict is OnConflict.REPLACE
    with Meter(console, "importing", len(plan.uploads), plan.size) as meter:
        describer = Describer(library, tally, meter, overwrite=overwrite)
        importer = Importer(library, tally, meter, describer, wait=order.wait)
        await importer.run(plan, order.jobs)


def _found(order: Order, members: tuple[str, ...]) -> Iterator[Entry | Refusal]:
    words = Words(clean_tags(order.tags))
    if order.manifest is not None:
        return read_manifest(order.manifest, words, members)
    return entries_in(order.paths, order.named_by, words)


def _look(order: Order, members: tuple[str, ...], tally: Tally) -> list[Entry]:
    """Return the files that can be sent; tell of the others."""
    entries = []
    for one in _found(order, members):
        if isinstance(one, Refusal):
            tally.add(Fate.FAILED, one.name, reason=one.reason)
        else:
            entries.append(one)
    return entries


def _foretell(plan: Plan, tally: Tally, console: Console) -> None:
    """Count what would be sent as if it had been."""
    for upload in plan.uploads:
        fate = Fate.REPLACED if upload.may_replace else Fate.IMPORTED
        tally.add(fate, upload.entry.name, upload.entry.size)
    for entry in plan.to_describe:
        tally.add(Fate.UNCHANGED, entry.name, entry.size)
    console.print("This was a dry run: nothing was sent. The table tells what would be.")
