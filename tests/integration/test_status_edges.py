"""The guarded update moves a status along the table's edges, and along no other."""

import itertools

import pytest

from shared.db.database import PostgresDatabase, open_database
from shared.domain.image import Image
from shared.domain.status import BUSY, EDGES, Status, sources_of
from shared.settings import Settings
from shared.usecases.access.keys import create_tenant
from shared.usecases.editing.images_ports import Guard
from tests.client import Client, Connection, assert_problem, path_to, picture

PAIRS = list(itertools.product(Status, Status))


async def _image_in(postgres: Connection, database: PostgresDatabase, status: Status) -> Image:
    tenant = await create_tenant(database, "demo")
    image_id = await postgres.fetchval(
        """
        INSERT INTO images (tenant_id, uid, reference, status, revision, due_at)
        VALUES ($1, gen_random_uuid(), 'a.jpg', $2, 1, CASE WHEN $3 THEN now() END) RETURNING id
        """,
        tenant.id,
        status.value,
        status in BUSY,
    )
    image = await database.image_by_id(tenant.id, image_id)
    assert image is not None
    return image


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=lambda status: status.value)
async def test_a_status_moves_along_an_edge_and_stays_otherwise(
    source: Status, target: Status, postgres: Connection, settings: Settings
) -> None:
    async with open_database(settings.database_url.get_secret_value()) as database:
        image = await _image_in(postgres, database, source)
        guard = Guard(image.tenant_id, image.id, sources_of(target), revision=1, attempt=0)
        due_in_s = 0 if target in BUSY else None
        moved = await database.guarded_update(guard, {"status": target}, due_in_s=due_in_s)
        now = await database.image_by_id(image.tenant_id, image.id)
    assert now is not None
    if target in EDGES[source]:
        assert moved == now
        assert now.status is target
        assert now.row_version == image.row_version + 1
        assert (now.busy_since is not None) == (target in BUSY)
    else:
        assert moved is None
        assert now == image


@pytest.mark.parametrize("stale", [(2, 0, 1), (1, 1, 1), (1, 0, 2)])
async def test_an_update_of_what_has_moved_on_changes_nothing(
    stale: tuple[int, int, int], postgres: Connection, settings: Settings
) -> None:
    async with open_database(settings.database_url.get_secret_value()) as database:
        image = await _image_in(postgres, database, Status.UPDATING)
        guard = Guard(image.tenant_id, image.id, BUSY, *stale)
        assert await database.guarded_update(guard, {"status": Status.READY}) is None
        assert await database.image_by_id(image.tenant_id, image.id) == image


CALLS = {
    "PUT": ("PUT", "", Status.UPDATING),
    "reprocess": ("POST", "/reprocess", Status.REPROCESSING),
}


@pytest.mark.parametrize("source", Status)
@pytest.mark.parametrize("call", CALLS)
async def test_a_caller_moves_a_status_only_along_an_edge(
    call: str, source: Status, client: Client, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    await postgres.execute(
        "UPDATE images SET status = $1, due_at = CASE WHEN $2 THEN now() + interval '1h' END",
        source.value,
        source in BUSY,
    )
    method, suffix, target = CALLS[call]
    data = picture(shade=7) if method == "PUT" else b""
    answer = await client.call(method, path_to("a.jpg") + suffix, data=data)
    if target in EDGES[source]:
        assert answer.status == 202
        assert answer.json["status"] == target
    else:
        code = "processing" if source in BUSY else "conflict"
        assert_problem(answer, 409, code)
        assert ("Retry-After" in answer.headers) == (source in BUSY)
        assert (await client.row("a.jpg")).status is source


@pytest.mark.parametrize("source", Status)
async def test_only_what_rests_can_be_deleted_or_edited(
    source: Status, client: Client, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    await postgres.execute(
        "UPDATE images SET status = $1, due_at = CASE WHEN $2 THEN now() + interval '1h' END",
        source.value,
        source in BUSY,
    )
    edited = await client.call("PATCH", path_to("a.jpg"), json={"title": "A"})
    deleted = await client.delete("a.jpg")
    if source in BUSY:
        assert_problem(edited, 409, "processing")
        assert_problem(deleted, 409, "processing")
        assert int(edited.headers["Retry-After"]) > 0
        assert int(deleted.headers["Retry-After"]) > 0
    else:
        assert (edited.status, deleted.status) == (200, 204)
