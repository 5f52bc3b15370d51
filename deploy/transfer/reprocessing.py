"""Reprocessing by filter, followed from outside: begun, shown as a bar, left to itself."""

import asyncio

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from deploy.transfer.imports import FIRST_CALL, PATIENT
from deploy.transfer.target import Target
from fototeca_client import Bulk, Fototeca, Operation

LOOK_S = 0.5
MAX_TOLD = 20
"""Reasons shown; the operation has more."""


async def count_selected(target: Target, wanted: str) -> int:
    """Return how many images the filter selects."""
    async with Fototeca(target.url, target.key, retries=FIRST_CALL) as library:
        return await library.operations.count(Bulk.REPROCESS, wanted)


async def reprocess_selected(target: Target, wanted: str, count: int, console: Console) -> bool:
    """Begin, follow to the end, and tell; return whether every image succeeded."""
    async with Fototeca(target.url, target.key, retries=PATIENT) as library:
        operation = await library.operations.begin(Bulk.REPROCESS, wanted, count)
        try:
            operation = await _follow(library, operation, console)
        except asyncio.CancelledError:
            console.print(_how_to_go_on(target, operation))
            raise
    for item in operation.fields["failures"][:MAX_TOLD]:
        console.print(f"{item['reference']}: {item['reason']}. {item['detail']}", markup=False)
    console.print(
        f"{operation.state}: {operation.done:,} of {operation.total:,} images, "
        f"{operation.failed:,} failed"
    )
    return operation.state == "done" and not operation.failed


async def _follow(library: Fototeca, operation: Operation, console: Console) -> Operation:
    """Show how far it is until it has ended."""
    columns = (TextColumn("reprocessing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=operation.total)
        while True:
            operation = await library.operations.get(operation.id)
            bar.update(task, completed=operation.done + operation.failed)
            if not operation.is_running:
                return operation
            await asyncio.sleep(LOOK_S)


def _how_to_go_on(target: Target, operation: Operation) -> str:
    path = f"{target.url.rstrip('/')}/operations/{operation.id}"
    return (
        "It goes on without this command. To see how far it is:\n"
        f'  curl -H "X-API-KEY: $KEY" {path}\n'
        "and to end it:\n"
        f'  curl -X POST -H "X-API-KEY: $KEY" {path}/cancel'
    )
