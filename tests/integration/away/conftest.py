"""For tests of servers that go away: the way to each can be cut, while all others use it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from shared.settings import Settings
from tests.relay import Relay, listening
from tests.servers import Servers


@dataclass(frozen=True)
class Ways:
    """The ways to the three servers."""

    postgres: Relay
    valkey: Relay
    s3: Relay


@pytest.fixture
async def ways(servers: Servers) -> AsyncIterator[Ways]:
    """The ways of this test, all open at first."""
    urls = servers.database_url, servers.redis_url, servers.s3_endpoint_url
    async with AsyncExitStack() as stack:
        yield Ways(*[await stack.enter_async_context(listening(Relay(url))) for url in urls])


@pytest.fixture
def settings(settings: Settings, ways: Ways) -> Settings:
    """Settings of a library that uses these ways."""
    database, redis = settings.database_url, settings.redis_url
    return settings.model_copy(
        update={
            "database_url": SecretStr(ways.postgres.by_way(database.get_secret_value())),
            "redis_url": SecretStr(ways.valkey.by_way(redis.get_secret_value())),
            "s3_endpoint_url": ways.s3.by_way(settings.s3_endpoint_url or ""),
        }
    )
