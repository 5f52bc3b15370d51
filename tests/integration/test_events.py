"""Events: one for each change that can be seen, numbered in the order in which it can be read."""

import asyncio

import asyncpg

from shared.db.events import RELAY_LOCK
from shared.db.statements import SQL
from shared.domain.image import Role
from shared.settings import Settings
from shared.usecases.events.relay import Relay
from tests.client import Client, Connection, eventually, make_client, path_to, picture
from tests.streams import listening
from worker.settings import Parts, open_parts

EVENTS = "SELECT type, data, seq FROM events WHERE tenant_id = $1 ORDER BY seq"


async def _types(postgres: Connection, client: Client) -> list[str]:
    return [row["type"] for row in await postgres.fetch(EVENTS, client.tenant.id)]


async def _references(postgres: Connection, client: Client) -> list[str]:
    sql = f"SELECT data ->> 'reference' AS name FROM ({EVENTS}) AS e"  # noqa: S608 ours
    return [row["name"] for row in await postgres.fetch(sql, client.tenant.id)]


async def test_every_change_that_can_be_seen_is_an_event_and_no_other(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    image = await client.put_ok(parts, "a.jpg", picture())
    await client.call("PATCH", path_to("a.jpg"), json={"tags": ["red"], "reference": "b.jpg"})
    await client.call("PATCH", path_to("b.jpg"), json={"tags": ["red"]})
    await client.put("b.jpg", b"no picture")
    await client.process(parts, "b.jpg")
    await client.delete("b.jpg")
    await client.call("POST", f"/images/by-uid/{image.uid}/restore")
    await client.delete("b.jpg", "?purge=true")
    assert await parts.relay.number() == 9
    assert await _types(postgres, client) == [
        "image.created",
        "image.ready",
        "image.updated",
        "image.processing",
        "image.failed",
        "image.deleted",
        "image.restored",
        "image.deleted",
        "image.purged",
    ]


async def test_what_transactions_commit_late_is_not_skipped(
    client: Client, parts: Parts, postgres: Connection, settings: Settings
) -> None:
    first = await asyncpg.connect(settings.database_url.get_secret_value())
    insert = (
        "INSERT INTO images (tenant_id, uid, reference, status)"
        " VALUES ($1, gen_random_uuid(), $2, 'Ok')"
    )
    slow = first.transaction()
    await slow.start()
    await first.execute(insert, client.tenant.id, "slow.jpg")
    async with listening(client) as stream:
        await postgres.execute(insert, client.tenant.id, "quick.jpg")
        assert await parts.relay.number() == 1
        quick = await stream.next()
        await slow.commit()
        assert await parts.relay.number() == 1
        late = await stream.next()
    await first.close()
    assert [each["data"]["reference"] for each in (quick, late)] == ["quick.jpg", "slow.jpg"]
    assert (quick["seq"], late["seq"]) == (1, 2)


async def test_a_change_that_is_rolled_back_is_no_event(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    change = postgres.transaction()
    await change.start()
    await postgres.execute(
        "INSERT INTO images (tenant_id, uid, reference, status) VALUES"
        " ($1, gen_random_uuid(), 'a.jpg', 'Ok')",
        client.tenant.id,
    )
    assert await postgres.fetchval("SELECT count(*) FROM outbox") == 1
    await change.rollback()
    assert await parts.relay.number() == 0


async def test_a_statement_over_many_images_is_an_event_for_each_numbered_without_gaps(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    other = await make_client(client.service, "other", Role.ADMIN)
    for owner in (client, other):
        await postgres.execute(
            "INSERT INTO images (tenant_id, uid, reference, status)"
            " SELECT $1, gen_random_uuid(), n || '.jpg', 'Ok' FROM generate_series(1, 1500) AS n",
            owner.tenant.id,
        )
    await postgres.execute("UPDATE images SET tags = ARRAY['x'] WHERE id % 2 = 0")
    assert await parts.relay.number() == 4500
    for owner in (client, other):
        rows = await postgres.fetch(EVENTS, owner.tenant.id)
        assert [row["seq"] for row in rows] == list(range(1, 2251))


async def test_many_relays_number_each_event_once(
    client: Client, parts: Parts, settings: Settings, postgres: Connection
) -> None:
    async def write(number: int) -> None:
        assert (await client.put(f"{number}.jpg", picture(shade=number))).status == 201

    async def relay(one: Relay) -> None:
        while (await parts.database.event_span(client.tenant.id)).head < 30:
            await one.number()

    async with open_parts(settings) as others:
        await asyncio.gather(relay(parts.relay), relay(others.relay), *map(write, range(30)))
    assert len(set(await _references(postgres, client))) == 30


async def test_the_relay_is_anothers_when_its_holder_dies(
    client: Client, parts: Parts, settings: Settings
) -> None:
    holder = await asyncpg.connect(settings.database_url.get_secret_value())
    await holder.execute("BEGIN")
    assert await holder.fetchval(SQL["take_relay"], RELAY_LOCK)
    await client.put("a.jpg", picture())
    assert await parts.relay.number() == 0
    holder.terminate()

    async def is_numbered() -> bool:
        return await parts.relay.number() == 1

    await eventually(is_numbered)


async def test_what_is_older_than_events_are_kept_goes_and_nothing_else(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    for number in range(3):
        await client.put(f"{number}.jpg", picture(shade=number))
    await parts.relay.number()
    await postgres.execute(
        "UPDATE events SET numbered_on = now() - interval '8 days' WHERE seq <= 2"
    )
    assert await parts.relay.sweep() == 2
    assert await parts.relay.sweep() == 0
    rows = await postgres.fetch(EVENTS, client.tenant.id)
    assert [row["seq"] for row in rows] == [3]
