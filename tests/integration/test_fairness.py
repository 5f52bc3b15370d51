"""One tenant with very many images keeps nobody waiting."""

import json
from typing import Any, cast

from redis.asyncio import Redis

from shared.db.statements import SQL
from shared.domain.image import Role
from shared.domain.job import Job
from shared.queue.turns import QUEUE
from shared.usecases.processing.sweeping import BATCH, OVERDUE_S
from tests.backstage import job_of
from tests.client import Client, Connection, Service, make_client, picture
from worker.settings import Parts

MANY = BATCH + 100
ROUNDS = 60
"""Each meets about half of the tenants, from anywhere on: none is left out of so many."""


async def _queue(parts: Parts) -> list[str]:
    """Return the ids of the jobs that wait, in the order in which workers take them."""
    redis = cast("Redis", parts.redis)
    return [member.decode() for member in await redis.zrange(QUEUE, 0, -1)]


async def _have_many_due(client: Client, postgres: Connection, many: int = MANY) -> None:
    await client.put("0.jpg", picture())
    await postgres.execute(
        "INSERT INTO images (tenant_id, uid, reference, status, revision, due_at, busy_since)"
        " SELECT tenant_id, gen_random_uuid(), n || '.jpg', 'Up', 1, now(), now()"
        " FROM images, generate_series(1, $1) AS n",
        many - 1,
    )
    await postgres.execute("UPDATE images SET due_at = now() - interval '1 hour'")


async def test_the_sweeper_rings_for_every_tenant_at_each_round(
    client: Client, service: Service, parts: Parts, postgres: Connection
) -> None:
    await _have_many_due(client, postgres)
    other = await make_client(service, "other", Role.ADMIN)
    await other.put("a.jpg", picture())
    await parts.redis.flushdb()
    assert await parts.sweeper.ring_due() == BATCH
    waiting = await _queue(parts)
    assert len(waiting) == BATCH
    assert waiting.index(job_of(await other.row("a.jpg")).id) < 2


def _rows_read(plan: dict[str, Any]) -> int:
    """Add up the rows that a plan took from tables and indexes, those thrown away included."""
    below = sum(_rows_read(part) for part in plan.get("Plans", []))
    if "Relation Name" not in plan:
        return below
    per_loop: float = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    loops: int = plan["Actual Loops"]
    return below + round(per_loop * loops)


async def test_a_look_at_what_is_due_costs_the_same_however_much_is_due(
    client: Client, service: Service, postgres: Connection
) -> None:
    other = await make_client(service, "other", Role.ADMIN)
    await other.put("a.jpg", picture())
    await _have_many_due(client, postgres, 50 * BATCH)
    explained = "EXPLAIN (ANALYZE, FORMAT JSON) " + SQL["due_images"]
    answer = json.loads(await postgres.fetchval(explained, BATCH, OVERDUE_S))
    assert BATCH <= _rows_read(answer[0]["Plan"]) < 2 * BATCH


async def test_with_more_tenants_than_a_batch_each_comes_to_its_turn(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    await client.put("a.jpg", picture())
    await postgres.execute(
        "INSERT INTO tenants (name) SELECT 't' || n FROM generate_series(1, $1::int) AS n",
        2 * BATCH,
    )
    await postgres.execute(
        "INSERT INTO images (tenant_id, uid, reference, status, revision, due_at, busy_since)"
        " SELECT tenant_id, gen_random_uuid(), 'a.jpg', 'Up', 1, now(), now()"
        " FROM tenants WHERE name LIKE 't%'"
    )
    rounds = 0
    while len(await _queue(parts)) < 2 * BATCH + 1:
        assert await parts.sweeper.ring_due() <= BATCH
        rounds += 1
        assert rounds < ROUNDS


async def test_an_upload_waits_for_one_job_of_another_tenant_not_for_all(
    client: Client, service: Service, parts: Parts
) -> None:
    bell = service.library.bell
    for image_id in range(MANY):
        assert await bell.ring(Job(client.tenant.id, 1000 + image_id, 1, 0))
    other = await make_client(service, "other", Role.ADMIN)
    await other.put("a.jpg", picture())
    await other.put("b.jpg", picture())
    waiting = await _queue(parts)
    assert waiting.index(job_of(await other.row("a.jpg")).id) < 2
    assert waiting.index(job_of(await other.row("b.jpg")).id) < 4


async def test_a_tenants_jobs_keep_their_order(client: Client, parts: Parts) -> None:
    bell = client.service.library.bell
    jobs = [Job(client.tenant.id, 2000 - number, 1, 0) for number in range(30)]
    for job in jobs:
        assert await bell.ring(job)
    assert await _queue(parts) == [job.id for job in jobs]


async def test_who_was_served_much_does_not_wait_for_it_later(
    client: Client, service: Service, parts: Parts
) -> None:
    bell, redis = service.library.bell, cast("Redis", parts.redis)
    for image_id in range(50):
        await bell.ring(Job(client.tenant.id, 1000 + image_id, 1, 0))
    await redis.delete(QUEUE)
    other = await make_client(service, "other", Role.ADMIN)
    for image_id in range(50):
        await bell.ring(Job(other.tenant.id, 2000 + image_id, 1, 0))
    job = Job(client.tenant.id, 3000, 1, 0)
    await bell.ring(job)
    assert (await _queue(parts)).index(job.id) < 2
