"""Rows of Postgres to nouns of the domain, and changed columns to JSON for a guarded update."""

from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from typing import Any

import asyncpg
import orjson

from shared.domain.image import Image, Kind
from shared.domain.reference import Reference
from shared.domain.status import Status

IMAGE_COLUMNS = tuple(field.name for field in fields(Image))


def image_from(row: asyncpg.Record) -> Image:
    """Build an image from a row that has at least its columns."""
    values = {column: row[column] for column in IMAGE_COLUMNS if column != "id"}
    return Image(
        id=row["id"],
        **values
        | {
            "reference": Reference(row["reference"]),
            "kind": Kind(row["kind"]),
            "status": Status(row["status"]),
            "metadata": orjson.loads(row["metadata"]) if row["metadata"] else None,
            "tags": tuple(row["tags"]),
        },
    )


def changes_as_json(changes: Mapping[str, Any]) -> str:
    """Encode changed columns so that `jsonb_populate_record` reads them back."""
    unknown = changes.keys() - set(IMAGE_COLUMNS)
    if unknown:
        raise KeyError(f"an image has no column {sorted(unknown)}")
    return orjson.dumps({name: _plain(value) for name, value in changes.items()}).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    return value.value if isinstance(value, Enum) else value
