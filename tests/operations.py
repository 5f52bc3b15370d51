"""Operations as tests begin them and wait for them."""

from typing import Any

from tests.client import (
    Answer,
    Client,
    Connection,
    eventually,
)
from tests.library import fill
from worker.settings import Parts

EVERY = "reference ne ''"


async def begin(client: Client, kind: str, wanted: str, **body: Any) -> Answer:
    """Begin an operation, expecting what a dry run has counted unless told otherwise."""
    if "expectedCount" not in body:
        body["expectedCount"] = await count(client, kind, wanted, **body)
    return await client.call("POST", f"/images/{kind}", json={"$filter": wanted, **body})


async def count(client: Client, kind: str, wanted: str, **body: Any) -> int:
    """Say what an operation would change."""
    answer = await client.call(
        "POST", f"/images/{kind}?dryRun=true", json={"$filter": wanted, **body}
    )
    assert answer.status == 200, answer.body
    return int(answer.json["count"])


async def accepted(client: Client, kind: str, wanted: str, **body: Any) -> str:
    """Begin an operation and return its path."""
    answer = await begin(client, kind, wanted, **body)
    assert answer.status == 202, answer.body
    return answer.headers["Location"]


async def ended(client: Client, path: str) -> dict[str, Any]:
    """Wait until an operation has ended, and return it."""

    async def look() -> dict[str, Any] | None:
        answer = await client.call("GET", path)
        assert answer.status == 200, answer.body
        return None if answer.json["state"] == "running" else dict(answer.json)

    found = await eventually(look, within_s=200)
    assert found is not None
    return found


async def some_done(client: Client, path: str, least: int) -> int:
    """Wait until an operation has done so many, and return how many it has."""

    async def look() -> int:
        done = (await client.call("GET", path)).json["done"]
        return int(done) if done >= least else 0

    return await eventually(look, within_s=200)


def counts(operation: dict[str, Any]) -> tuple[int, int, int]:
    """Return total, done and failed."""
    return operation["total"], operation["done"], operation["failed"]


MANY = 40


async def work_off(parts: Parts) -> None:
    """Do what there is to do of tags and deletes, with nobody else at it."""
    while await parts.bulk.batches.work():
        pass


async def fill_resting(client: Client, postgres: Connection, size: int = MANY) -> None:
    """Make images that are Ok."""
    await fill(client, postgres, size)
    await postgres.execute("UPDATE images SET status = 'Ok', tags = '{old}'")


async def tags_of(postgres: Connection) -> list[list[str]]:
    """Return the tags of every image."""
    return [row["tags"] for row in await postgres.fetch("SELECT tags FROM images ORDER BY id")]
