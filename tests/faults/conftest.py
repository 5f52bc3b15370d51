"""Tests that kill processes run one after the other, beside whatever else runs."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
LONGEST_S = 600
"""They start stacks whose data is safe on disk: one that is busy with other things takes long."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep these tests with one of pytest-xdist's workers."""
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("faults"))
            item.add_marker(pytest.mark.timeout(LONGEST_S))
