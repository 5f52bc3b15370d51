"""What tests of requests to users' URLs have in common."""

from collections.abc import AsyncIterator

import pytest

from tests.sources import Source, running_source


@pytest.fixture
async def source() -> AsyncIterator[Source]:
    async with running_source() as running:
        yield running
