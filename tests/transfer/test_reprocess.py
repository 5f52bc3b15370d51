"""`fototeca reprocess` as users run it, and operations through the client that they have."""

import asyncio
import re
import signal
import subprocess

import pytest

from fototeca_client import Bulk, ConflictError, Fototeca
from tests.client import Client, Connection, eventually, picture
from tests.transfer.conftest import Run, command, environment

SOME = "startswith(reference, 'a')"


async def put_some(library: Fototeca) -> None:
    """Upload three pictures, of which two are meant, and wait until they are Ok."""
    for name in ("a1.jpg", "a2.jpg", "b.jpg"):
        await library.put(name, picture())
    for name in ("a1.jpg", "a2.jpg", "b.jpg"):
        await library.wait_until_ready(name)


@pytest.mark.usefixtures("worker")
async def test_the_command_counts_asks_and_reprocesses_what_is_selected(
    client: Client, library: Fototeca, run: Run
) -> None:
    await put_some(library)
    counted = await run(client, "reprocess", "--filter", SOME, "--dry-run")
    assert (counted.code, counted.output) == (0, "2 images are selected.\n")
    unasked = await run(client, "reprocess", "--filter", SOME)
    assert unasked.code == 1
    assert await library.operations.latest() == []
    ended = await run(client, "reprocess", "--filter", SOME, "--yes")
    assert ended.code == 0, ended.errors
    assert "done: 2 of 2 images, 0 failed" in ended.errors
    assert [(await client.row(name)).attempt for name in ("a1.jpg", "a2.jpg", "b.jpg")] == [2, 2, 1]
    wrong = await run(client, "reprocess", "--filter", "nosuch eq 1", "--yes")
    assert wrong.code == 1
    assert "nosuch" in wrong.errors


async def test_an_interrupted_command_leaves_the_operation_and_says_how_to_cancel_it(
    client: Client, postgres: Connection, library: Fototeca
) -> None:
    await client.put("a.jpg", picture())
    await postgres.execute("UPDATE images SET status = 'Ok', due_at = NULL")
    process = await asyncio.create_subprocess_exec(
        *command(client, "reprocess", "--filter", SOME, "--yes"),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    (operation,) = await eventually(library.operations.latest)

    async def is_followed() -> bool:
        metrics = await client.call("GET", "/metrics")
        return b'{method="GET",route="/operations/{id}",status="200"}' in metrics.body

    await eventually(is_followed)
    process.send_signal(signal.SIGINT)
    _, errors = await asyncio.wait_for(process.communicate(), 200)
    assert process.returncode == 130, errors.decode()
    assert (await library.operations.get(operation.id)).is_running
    path = re.search(rf"curl -X POST .*(/operations/{operation.id}/cancel)", errors.decode())
    assert path is not None, errors.decode()
    assert (await client.call("POST", path[1])).json["state"] == "cancelled"


@pytest.mark.usefixtures("worker")
async def test_the_client_tags_deletes_and_takes_back(library: Fototeca) -> None:
    await put_some(library)
    operations = library.operations
    assert await operations.count(Bulk.TAG, SOME) == 2
    with pytest.raises(ConflictError, match="selects 2 images"):
        await operations.begin(Bulk.DELETE, SOME, 3)
    for kind, tags in ((Bulk.TAG, ["new"]), (Bulk.DELETE, [])):
        begun = await operations.begin(kind, SOME, 2, add=tags)
        assert (await _ended(library, begun.id)) == ("done", 2)
    assert [image.reference async for image in library.list()] == ["b.jpg"]
    undo = await operations.undo(begun.id)
    assert (await _ended(library, undo.id)) == ("done", 2)
    assert [image.tags async for image in library.list()] == [("new",), ("new",), ()]


async def _ended(library: Fototeca, operation_id: str) -> tuple[str, int]:
    async def look() -> tuple[str, int] | None:
        operation = await library.operations.get(operation_id)
        return None if operation.is_running else (operation.state, operation.done)

    found = await eventually(look)
    assert found is not None
    return found
