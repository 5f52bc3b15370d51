"""One piece of work on the database, for commands that need no more."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from deploy.cli.environment import explained, settings_or_fail
from shared.usecases.ports import Database

T = TypeVar("T")


def run_on_database(action: Callable[[Database], Awaitable[T]]) -> T:
    """Do it, or end the command with a sentence that says why not."""
    from shared.db.database import open_database  # noqa: PLC0415 -- only when there is work
    from shared.db.migrate import check_schema  # noqa: PLC0415

    settings = settings_or_fail()
    url = settings.database_url.get_secret_value()

    async def run() -> T:
        await check_schema(url)
        async with open_database(url, connections=1) as database:
            return await action(database)

    with explained(settings):
        return asyncio.run(run())
