"""Tests that start stacks and kill processes: one after the other, see tests/spread.py."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
LONGEST_S = 600
"""They start stacks whose data is safe on disk: one that is busy with other things takes long."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give these tests time."""
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.timeout(LONGEST_S))
