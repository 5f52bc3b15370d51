"""A change that meets a moment of processing is made after it, or refused with Retry-After."""

from typing import Any, cast

import pytest

from shared.domain.errors import ConflictError
from shared.domain.image import Image
from shared.domain.reference import parse_reference
from shared.usecases.editing.images import Images
from shared.usecases.ports import Database
from tests.client import (
    Client,
    Connection,
    picture,
)
from worker.settings import Parts


class Flickering:
    """A real database, in which images are being processed whenever they are to be changed."""

    def __init__(self, database: Database, postgres: Connection, times: int) -> None:
        self._database = database
        self._postgres = postgres
        self._times = times

    def __getattr__(self, name: str) -> Any:
        """Return the real one's."""
        return getattr(self._database, name)

    async def guarded_update(self, *args: Any, **kwargs: Any) -> Image | None:
        """Begin to process, do it, and end."""
        if not self._times:
            return await self._database.guarded_update(*args, **kwargs)
        self._times -= 1
        await self._postgres.execute("UPDATE images SET status = 'Re', due_at = now()")
        changed = await self._database.guarded_update(*args, **kwargs)
        await self._postgres.execute("UPDATE images SET status = 'Ok', due_at = NULL")
        return changed


async def test_a_change_that_met_a_moment_of_processing_is_done_after_it(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    row = await client.put_ok(parts, "a.jpg", picture())
    library = client.service.library
    flickering = cast("Database", Flickering(library.database, postgres, times=2))
    images = Images(flickering, library.bell)
    changed = await images.reprocess(client.tenant, parse_reference("a.jpg"))
    assert (changed.status, changed.row_version) == ("Re", row.row_version + 1)


async def test_a_change_that_never_meets_a_resting_image_is_told_to_come_again(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    library = client.service.library
    flickering = cast("Database", Flickering(library.database, postgres, times=99))
    images = Images(flickering, library.bell)
    with pytest.raises(ConflictError) as refusal:
        await images.reprocess(client.tenant, parse_reference("a.jpg"))
    assert refusal.value.retry_after_s
    assert (await client.row("a.jpg")).status == "Ok"
