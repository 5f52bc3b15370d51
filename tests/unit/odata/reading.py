"""What the tests ask of a filter: its tree, what it says of a row, or why it is refused."""

from datetime import UTC, datetime
from typing import Any

import pytest

from api.dam.odata.filter import parse_filter
from shared.domain.errors import InvalidInputError
from shared.domain.expression import Node
from tests.unit.odata.evaluate import evaluate
from tests.unit.odata.properties import PROPERTIES

NOW = datetime(2024, 4, 5, 8, 44, 33, tzinfo=UTC)
ROW: dict[str, Any] = {column.name: None for column in PROPERTIES.values()} | {
    "id": 7,
    "reference": "Apple.jpg",
    "file_type": "jpg",
    "width": 1200,
    "num_links": 0,
    "created_on": NOW,
    "tags": ["red", "Green"],
    "categories": [],
}


def read(text: str) -> Node:
    """Return the tree of a filter."""
    return parse_filter(text, PROPERTIES, NOW)


def says(text: str, **row: Any) -> bool | None:
    """Return what a filter says of a row."""
    return evaluate(read(text), ROW | row)


def refusal(text: str) -> str:
    """Return why a filter is refused."""
    with pytest.raises(InvalidInputError) as caught:
        read(text)
    assert caught.value.field == "$filter"
    return caught.value.detail.removeprefix("$filter, character ")
