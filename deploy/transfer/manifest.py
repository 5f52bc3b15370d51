"""A manifest: which file or URL becomes which image, and what is said of it (CSV or JSON lines)."""

import csv
import json
from collections.abc import Collection, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from deploy.transfer.entries import Entry, Refusal, Words, clean_tags, entry_of, entry_of_url
from deploy.transfer.failure import TransferError
from fototeca_client import Link
from shared.domain.errors import InvalidInputError
from shared.domain.link import parse_link_name

TEXTS = ("title", "alt", "caption", "gravity")
COLUMNS = ("reference", "file", "sourceUrl", "tags", "links", *TEXTS)
APART = ";"
"""Between the tags, and the links, of a CSV's cell."""


def read_manifest(path: Path, more: Words, ignored: Collection[str]) -> Iterator[Entry | Refusal]:
    """Yield what a manifest names; its files are looked for beside it.

    Columns in `ignored` may be there, as in what `fototeca export` wrote; any other is an error.
    """
    rows = _csv_rows(path) if path.suffix.lower() == ".csv" else _json_rows(path)
    try:
        for place, row in rows:
            yield _entry(path.parent, place, row, more, ignored)
    except UnicodeError as error:
        reason = "it is not UTF-8 (in Excel: save it as CSV UTF-8)"
        raise TransferError(f"{path} cannot be read: {reason}") from error
    except (OSError, csv.Error) as error:
        raise TransferError(f"{path} cannot be read: {error}") from error


def _csv_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        names = file.readline()
        reader = csv.DictReader(chain([names], file), delimiter=_delimiter(names))
        for row in reader:
            place = f"{path.name}, line {reader.line_num}"
            if None in row:
                raise TransferError(f"{place}: there are more cells than the first line has names")
            given: dict[str, Any] = {name: cell for name, cell in row.items() if cell}
            if not given:  # as spreadsheets leave behind
                continue
            for name in {"tags", "links"} & given.keys():
                given[name] = given[name].split(APART)
            yield place, given


def _delimiter(names: str) -> str:
    """Tell what stands between the names of the first line: Excel writes what its country does."""
    return max(",;\t", key=names.count)


def _json_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            place = f"{path.name}, line {number}"
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                reason = f"this is not JSON ({error}); a manifest in CSV has a name in .csv"
                raise TransferError(f"{place}: {reason}") from error
            if not isinstance(row, dict):
                raise TransferError(f"{place}: this is not a JSON object")
            yield place, {name: value for name, value in row.items() if value is not None}


def _entry(
    folder: Path, place: str, row: dict[str, Any], more: Words, ignored: Collection[str]
) -> Entry | Refusal:
    if unknown := sorted(row.keys() - set(COLUMNS) - set(ignored)):
        raise TransferError(
            f"{place}: there is no column {unknown[0]!r}; there are {', '.join(COLUMNS)}"
        )
    for name in ("reference", "file", "sourceUrl", *TEXTS):
        if not isinstance(row.get(name, ""), str):
            raise TransferError(f"{place}: {name} is a string")
    tags = row.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise TransferError(f"{place}: tags is a list of strings")
    texts = {name: row[name] for name in TEXTS if name in row}
    words = Words(clean_tags([*tags, *more.tags]), texts, _links(place, row.get("links", [])))
    reference = row.get("reference", "")
    if row.get("file"):  # an export names both: the bytes are here, wherever they once came from
        file = folder / row["file"]
        return entry_of(file, reference or file.name, words)
    if row.get("sourceUrl"):
        return entry_of_url(row["sourceUrl"], reference, words)
    return Refusal(reference or place, "the manifest names neither file nor sourceUrl for it")


def _links(place: str, told: object) -> tuple[Link, ...]:
    """Read links: `provider:id`, or objects with provider, id, url and label."""
    if not isinstance(told, list):
        raise TransferError(f"{place}: links is a list")
    try:
        return tuple(dict.fromkeys(_link(one) for one in told))
    except (InvalidInputError, KeyError, TypeError) as error:
        reason = error.detail if isinstance(error, InvalidInputError) else "it has no such form"
        raise TransferError(f"{place}: a link cannot be read: {reason}") from error


def _link(told: object) -> Link:
    fields = told if isinstance(told, dict) else {}
    text = f"{fields['provider']}:{fields['id']}" if fields else told
    name = parse_link_name(text.strip() if isinstance(text, str) else "")
    return Link(name.provider, name.id, fields.get("url"), fields.get("label"))
