"""Operations that are undone or cancelled: what is taken back, and what others did stays."""

import asyncio

from tests.client import (
    Client,
    Connection,
    assert_problem,
    eventually,
    picture,
)
from tests.operations import (
    EVERY,
    MANY,
    accepted,
    counts,
    ended,
    fill_resting,
    tags_of,
    work_off,
)
from worker.settings import Parts


async def test_tags_are_added_and_removed_and_an_undo_leaves_what_others_did(
    client: Client, postgres: Connection, parts: Parts
) -> None:
    await fill_resting(client, postgres, 30)
    await postgres.execute("UPDATE images SET tags = '{first,old,new}' WHERE id % 3 = 0")
    before = await tags_of(postgres)
    path = await accepted(client, "tag", EVERY, add=["new", "more"], remove=["old"])
    await work_off(parts)
    operation = await ended(client, path)
    assert counts(operation) == (30, 30, 0)
    assert (operation["add"], operation["remove"]) == (["new", "more"], ["old"])
    assert set(map(tuple, await tags_of(postgres))) == {
        ("new", "more"),
        ("first", "new", "more"),
    }
    await postgres.execute("UPDATE images SET tags = tags || '{theirs}' WHERE id = 1")
    undo = await client.call("POST", f"{path}/undo")
    assert undo.status == 202
    await work_off(parts)
    undone = await ended(client, undo.headers["Location"])
    assert counts(undone) == (30, 30, 0)
    assert (undone["kind"], undone["undoOf"]) == ("untag", operation["id"])
    after = await tags_of(postgres)
    assert after[1:] == before[1:]
    assert sorted(after[0]) == sorted([*before[0], "theirs"])
    assert (await client.call("GET", path)).json["undoneBy"] == undone["id"]
    assert_problem(await client.call("POST", f"{path}/undo"), 409, "conflict")


async def test_deleted_images_come_back_unless_their_name_is_taken(
    client: Client, postgres: Connection, parts: Parts
) -> None:
    await fill_resting(client, postgres, 20)
    path = await accepted(client, "delete", EVERY)
    await work_off(parts)
    assert counts(await ended(client, path)) == (20, 20, 0)
    assert (await client.call("GET", "/images/$count")).body == b"0"
    taken = await postgres.fetchval("SELECT reference FROM images WHERE id = 3")
    await client.put(taken, picture())
    uid = await postgres.fetchval("SELECT uid FROM images WHERE id = 4")
    await client.call("POST", f"/images/by-uid/{uid}/restore")
    await client.call("DELETE", f"/images/by-uid/{uid}")
    await client.call("DELETE", f"/images/by-uid/{await _uid(postgres, 5)}?purge=true")
    undo = await client.call("POST", f"{path}/undo")
    await work_off(parts)
    undone = await ended(client, undo.headers["Location"])
    assert counts(undone) == (20, 17, 3)
    reasons = {item["reason"]: item["reference"] for item in undone["failures"]}
    assert reasons.keys() == {"reference_taken", "deleted", "purged"}
    assert reasons["reference_taken"] == taken
    assert (await client.call("GET", "/images/$count")).body == b"18"


async def _uid(postgres: Connection, image_id: int) -> str:
    return str(await postgres.fetchval("SELECT uid FROM images WHERE id = $1", image_id))


async def test_a_cancelled_operation_changes_no_further_image(
    client: Client, postgres: Connection, parts: Parts
) -> None:
    await fill_resting(client, postgres)
    path = await accepted(client, "delete", EVERY)
    assert_problem(await client.call("POST", f"{path}/undo"), 409, "conflict")
    met = await parts.bulk.batches.work()
    assert 0 < met < MANY
    answer = await client.call("POST", f"{path}/cancel")
    assert (answer.status, answer.json["state"], answer.json["done"]) == (200, "cancelled", met)
    assert (await client.call("POST", f"{path}/cancel")).status == 200
    assert await parts.bulk.batches.work() == 0
    assert (await client.call("GET", "/images/$count")).body == str(MANY - met).encode()
    undo = await client.call("POST", f"{path}/undo")
    await work_off(parts)
    assert counts(await ended(client, undo.headers["Location"])) == (met, met, 0)
    assert_problem(await client.call("POST", undo.headers["Location"] + "/cancel"), 409, "conflict")


async def test_a_cancelled_undo_is_begun_again_for_what_it_left(
    client: Client, postgres: Connection, parts: Parts
) -> None:
    await fill_resting(client, postgres)
    path = await accepted(client, "tag", EVERY, add=["new"])
    await work_off(parts)
    first = await client.call("POST", f"{path}/undo")
    met = await parts.bulk.batches.work()
    assert 0 < met < MANY
    assert (await client.call("POST", first.headers["Location"] + "/cancel")).status == 200
    await postgres.execute("UPDATE images SET tags = '{old,new}' WHERE id = 1")
    second = await client.call("POST", f"{path}/undo")
    assert (second.status, second.json["total"]) == (202, MANY - met)
    await work_off(parts)
    assert await tags_of(postgres) == [["old", "new"], *[["old"]] * (MANY - 1)]
    assert (await client.call("GET", path)).json["undoneBy"] == second.json["id"]
    assert [
        each["undoneBy"] for each in (await client.call("GET", "/operations")).json["value"]
    ] == [None, None, second.json["id"]]
    assert_problem(await client.call("POST", f"{path}/undo"), 409, "conflict")


async def test_an_undo_takes_back_what_was_under_way_when_all_was_cancelled(
    client: Client, postgres: Connection, parts: Parts
) -> None:
    await fill_resting(client, postgres, 5)
    path = await accepted(client, "tag", EVERY, add=["new"])
    async with postgres.transaction():
        await postgres.execute("SELECT FROM images WHERE id = 5 FOR UPDATE")
        batch = asyncio.create_task(parts.bulk.batches.work())
        await eventually(lambda: _waiting(postgres, "transactionid"))
        assert (await client.call("POST", f"{path}/cancel")).json["state"] == "cancelled"
        undoing = asyncio.create_task(client.call("POST", f"{path}/undo"))
        await eventually(lambda: _waiting(postgres, "advisory"))
    assert await batch == 5
    undo = await undoing
    assert (undo.status, undo.json["total"]) == (202, 5)
    await work_off(parts)
    assert await tags_of(postgres) == [["old"]] * 5


async def _waiting(postgres: Connection, kind: str) -> int:
    """Return how many wait for a lock of this kind."""
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = $1 AND NOT granted"
    return int(await postgres.fetchval(waiting, kind))
