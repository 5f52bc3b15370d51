"""`fototeca thumbnails`: what the worker would make of some files, without a stack."""

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.environment import settings_or_fail
from deploy.cli.watermark import watermark_of
from shared.settings import Settings
from worker.imaging.configuration import limits_of, recipe_of, slots_of
from worker.imaging.decoders import BadPicture, Decoders, Picture, Recipe
from worker.imaging.stopwatch import STEPS

INTERRUPTED = 130
LONGEST_STEM_BYTES = 230


@dataclass(frozen=True)
class Outcome:
    """What became of one file: a picture, or why there is none."""

    file: str
    ms: float = 0
    picture: Picture | None = None
    reason: str | None = None
    detail: str | None = None
    file_type: str | None = None


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("thumbnails")(thumbnails)


def thumbnails(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Pictures to read.")],
    out: Annotated[Path, typer.Option(help="Folder for the thumbnails; made if missing.")],
    watermark: Annotated[str | None, typer.Option(help="Text over copies, _WMM and _WMP.")] = None,
    profile: Annotated[bool, typer.Option(help="Add the milliseconds of each step.")] = False,
) -> None:
    """Make the thumbnails of each FILE, as the worker does, and print a JSON line for each.

    They are three, and a square; with --watermark also marked copies of the medium one and preview.

    --profile adds `steps`: check, open, metadata, decode, colour, resize, orient, encode, describe;
    and watermark.

    Ends with 0 if all are Ok, 1 if any is Er, 2 if it was called wrongly.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise typer.BadParameter(f"{out}: {error.strerror}", param_hint="--out") from error
    try:
        settings = settings_or_fail()
        recipe = replace(recipe_of(settings), watermark=watermark_of(watermark))
        all_are_ok = asyncio.run(_make_all(files, out, settings, recipe, profile=profile))
    except PermissionError as error:
        raise typer.BadParameter(f"{out}: {error.strerror}", param_hint="--out") from error
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    raise typer.Exit(0 if all_are_ok else 1)


async def _make_all(
    files: Sequence[Path], out: Path, settings: Settings, recipe: Recipe, *, profile: bool
) -> bool:
    slots, taken, all_are_ok = slots_of(settings), set[str](), True
    decoders = Decoders(slots=slots, limits=limits_of(settings))
    gate = asyncio.Semaphore(slots)
    with tempfile.TemporaryDirectory(dir=out, prefix=".thumbnails-") as scratch:
        folders = [Path(tempfile.mkdtemp(dir=scratch)) for _ in files]
        tasks = [
            asyncio.create_task(_make_one(file, folder, decoders, gate, recipe))
            for file, folder in zip(files, folders, strict=True)
        ]
        try:
            for task in tasks:
                outcome = _named(await task, out, taken)
                all_are_ok = all_are_ok and outcome.picture is not None
                print(_line(outcome, profile=profile), flush=True)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await decoders.close()
    return all_are_ok


async def _make_one(
    file: Path, folder: Path, decoders: Decoders, gate: asyncio.Semaphore, recipe: Recipe
) -> Outcome:
    async with gate:
        started = time.perf_counter()
        try:
            _require_file(file)
            picture = await decoders.make_thumbnails(file, folder, recipe)
        except BadPicture as bad:
            ms = _ms_since(started)
            return Outcome(str(file), ms, None, bad.reason, bad.detail, bad.file_type)
        return Outcome(str(file), _ms_since(started), picture, file_type=picture.file_type)


def _require_file(file: Path) -> None:
    if os.path.isdir(file):  # noqa: PTH112 never raises
        raise BadPicture("not_found", "This is a folder: name the files in it.")
    if not os.path.isfile(file) and os.access(file.parent, os.X_OK):  # noqa: PTH113 never raises
        raise BadPicture("not_found", "There is no such file: check its name.")
    if not os.access(file, os.R_OK):
        raise BadPicture("unreadable", "You may not read this file: check its permissions.")


def _named(outcome: Outcome, out: Path, taken: set[str]) -> Outcome:
    """Move the thumbnails to `{stem}_TH.{ext}`, or `{stem}-2_TH.{ext}` where this run made that."""
    if outcome.picture is None:
        return outcome
    renditions = outcome.picture.renditions
    stem, number = _short_stem(outcome.file), 1
    while (key := f"{_numbered(stem, number)}.{renditions[0].extension}".casefold()) in taken:
        number += 1
    taken.add(key)
    moved = []
    for made in renditions:
        name = f"{_numbered(stem, number)}_{made.suffix}.{made.extension}"
        moved.append(replace(made, path=made.path.rename(out / name)))
    return replace(outcome, picture=replace(outcome.picture, renditions=tuple(moved)))


def _short_stem(file: str) -> str:
    return os.fsencode(Path(file).stem)[:LONGEST_STEM_BYTES].decode(errors="ignore")


def _numbered(stem: str, number: int) -> str:
    return stem if number == 1 else f"{stem}-{number}"


def _line(outcome: Outcome, *, profile: bool) -> str:
    picture = outcome.picture
    line: dict[str, object] = {
        "file": outcome.file,
        "status": "Ok" if picture else "Er",
        "statusReason": outcome.reason,
        "statusDetail": outcome.detail,
        "fileType": outcome.file_type,
        "width": picture.width if picture else 0,
        "height": picture.height if picture else 0,
        "ms": outcome.ms,
        "outputs": [str(made.path) for made in picture.renditions] if picture else [],
    }
    if profile:
        steps = picture.step_ms if picture else {}
        line["steps"] = {step: round(steps[step], 2) for step in STEPS if step in steps}
    return json.dumps(line)


def _ms_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
