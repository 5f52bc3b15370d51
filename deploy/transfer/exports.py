"""An export from beginning to end."""

import asyncio
from pathlib import Path

from rich.console import Console

from deploy.transfer.checkpoint import open_checkpoint
from deploy.transfer.exporting import JSONL, Exporter
from deploy.transfer.imports import FIRST_CALL, PATIENT
from deploy.transfer.meter import Meter
from deploy.transfer.tally import Tally
from deploy.transfer.target import Target
from fototeca_client import Fototeca


async def run_export(
    target: Target, wanted: str | None, out: Path, jobs: int, tally: Tally, console: Console
) -> None:
    """Export into `out`, or go on with what was begun there."""
    checkpoint = await asyncio.to_thread(open_checkpoint, out, target.url, wanted)
    if checkpoint.is_done and not checkpoint.failed:
        console.print(f"{out} holds all of it already: {checkpoint.images:,} images.")
        return
    rest = Exporter.filter_of_rest(checkpoint)
    async with Fototeca(target.url, target.key, retries=FIRST_CALL) as library:
        if wanted is not None:  # by itself: what is wrong with it is told where it stands
            await library.count(filter=wanted)
        count = await library.count(filter=rest) + len(checkpoint.failed)
    async with Fototeca(target.url, target.key, retries=PATIENT, connections=jobs + 2) as library:
        with Meter(console, "exporting", count, count) as meter:
            await Exporter(library, out, checkpoint, tally, meter, jobs).run()
    console.print(f"{out / JSONL} tells of {checkpoint.images:,} images.")
