"""Webhooks are told at least once, in order, whatever becomes of the workers."""

from shared.domain.image import Role
from shared.settings import Settings
from shared.usecases.webhooks.delivery import AT_ONCE
from tests.backstage import running_worker
from tests.client import (
    Client,
    Connection,
    eventually,
    make_client,
    path_to,
    picture,
)
from tests.deliveries import MANY, by_image, delivering, shown_at
from tests.receivers import receiving, subscribe
from tests.streams import listening
from worker.settings import Parts, open_parts


async def test_a_receiver_is_told_what_it_asked_for_and_signed_to(
    client: Client, settings: Settings
) -> None:
    async with receiving() as some, receiving() as all_, running_worker(settings):
        await subscribe(client, some, "image.ready", "image.deleted")
        await subscribe(client, all_)
        await client.put("a.jpg", picture())
        await all_.has(2)
        assert (await client.delete("a.jpg")).status == 204
        await some.has(2)
        await all_.has(3)
        assert some.types() == ["image.ready", "image.deleted"]
        assert all_.types() == ["image.created", "image.ready", "image.deleted"]
        assert all_.taken[1]["data"]["thumbnailUrl"].endswith("_TH.jpg")


async def test_tenants_are_told_nothing_of_each_other(client: Client, parts: Parts) -> None:
    other = await make_client(client.service, "other", Role.ADMIN)
    async with receiving() as ours, receiving() as theirs, delivering(parts):
        await subscribe(client, ours)
        await subscribe(other, theirs)
        await client.put("ours.jpg", picture())
        await other.put("theirs.jpg", picture())
        await ours.has(1)
        await theirs.has(1)
        await client.put("ours2.jpg", picture(shade=1))
        await ours.has(2)
    assert [each["data"]["reference"] for each in theirs.taken] == ["theirs.jpg"]


async def test_a_worker_that_dies_while_it_delivers_loses_nothing(
    client: Client, parts: Parts, settings: Settings, postgres: Connection
) -> None:
    async with receiving() as receiver:
        path = (await subscribe(client, receiver)).headers["Location"]
        receiver.is_hanging = True
        async with delivering(parts):
            await postgres.execute(MANY, client.tenant.id, 20, 20)

            async def is_busy() -> bool:
                return receiver.asked > 0

            await eventually(is_busy)
        receiver.is_hanging = False
        assert (await shown_at(client, path))["pending"] == 20
        async with open_parts(settings) as others, delivering(others):
            await receiver.has(20)
    assert set(receiver.seqs()) == set(range(1, 21))


async def test_a_lease_that_ran_out_is_anothers_and_the_loser_writes_nothing(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    async with receiving() as receiver:
        await subscribe(client, receiver)
        await client.put("a.jpg", picture())
        await parts.relay.number()
        (lost,) = await parts.deliverer.claim(9, failing=False)
        assert await parts.deliverer.claim(9, failing=False) == []
        await postgres.execute("UPDATE webhooks SET due_at = now() - interval '1 s'")
        (ours,) = await parts.deliverer.claim(9, failing=False)
        await parts.deliverer.serve(ours)
        await client.put("b.jpg", picture(shade=1))
        await parts.relay.number()
        await parts.deliverer.serve(lost)
        assert await postgres.fetchval("SELECT cursor_seq FROM webhooks") == 1
        (next_turn,) = await parts.deliverer.claim(9, failing=False)
        await parts.deliverer.serve(next_turn)
    assert receiver.seqs() == [1, 2, 2]
    assert receiver.ids[1] == receiver.ids[2]


async def test_after_a_rotation_both_secrets_hold(client: Client, parts: Parts) -> None:
    async with receiving() as old, delivering(parts):
        path = (await subscribe(client, old)).headers["Location"]
        rotated = (await client.call("POST", f"{path}/rotate")).json["secret"]
        assert rotated != old.secret
        await client.put("a.jpg", picture())
        await old.has(1)
        old.secret = rotated
        await client.put("b.jpg", picture(shade=1))
        await old.has(2)


async def test_a_ping_reaches_only_the_one_it_is_for(client: Client, parts: Parts) -> None:
    async with receiving() as one, receiving() as another, delivering(parts):
        path = (await subscribe(client, one, "image.failed")).headers["Location"]
        await subscribe(client, another)
        async with listening(client) as stream:
            assert (await client.call("POST", f"{path}/ping")).status == 202
            await one.has(1)
            await client.put("a.jpg", picture())
            assert (await stream.next())["type"] == "image.created"
        await another.has(1)
    assert one.types() == ["webhook.ping"]
    assert another.types() == ["image.created"]


async def test_one_that_is_enabled_again_goes_on_where_it_was(client: Client, parts: Parts) -> None:
    async with receiving() as receiver, delivering(parts):
        path = (await subscribe(client, receiver)).headers["Location"]
        await client.call("PATCH", path, json={"enabled": False})
        await client.put("a.jpg", picture())

        async def waits() -> bool:
            return bool((await shown_at(client, path))["pending"] == 1)

        await eventually(waits)
        assert receiver.asked == 0
        await client.call("PATCH", path, json={"enabled": True})
        await receiver.has(1)


async def test_those_of_a_disabled_tenant_wait_until_it_is_enabled(
    client: Client, postgres: Connection, parts: Parts
) -> None:
    async with receiving() as receiver:
        await subscribe(client, receiver, "image.deleted")
        await client.put("a.jpg", picture())
        await parts.relay.number()
        assert await _age_s(client) == 0, "nobody asked for what has happened so far"
        await client.call("POST", "/images", json={"reference": "b.jpg", "sizeInBytes": 1})
        await client.delete("b.jpg")
        await postgres.execute("UPDATE tenants SET disabled_on = now()")
        await parts.relay.number()
        assert await parts.deliverer.claim(9, failing=False) == []
        assert await _age_s(client) == 0, "it is not late"
        long_ago = "UPDATE webhooks SET failures = 1, failing_since = now() - interval '2 days'"
        await postgres.execute(long_ago)
        assert await client.service.library.database.enable_tenant(client.tenant.id)
        assert await _age_s(client) > 0
        (turn,) = await parts.deliverer.claim(9, failing=True)
        assert turn.failing_s < 60, "it has the day that it had no part of"
        await parts.deliverer.serve(turn)
        assert receiver.types() == ["image.deleted"]
        assert await _age_s(client) == 0


async def _age_s(client: Client) -> float:
    """Return how old the metrics say that the oldest event is that a receiver waits for."""
    metrics = (await client.call("GET", "/metrics")).body.decode()
    return float(metrics.split("\nfototeca_webhooks_age_seconds ")[1].split()[0])


async def test_one_that_asks_for_more_is_not_told_of_the_past(client: Client, parts: Parts) -> None:
    async with receiving() as receiver, delivering(parts):
        path = (await subscribe(client, receiver, "image.deleted")).headers["Location"]
        await client.put_ok(parts, "a.jpg", picture())

        async def are_numbered() -> bool:
            return (await parts.database.event_span(client.tenant.id)).head == 2

        await eventually(are_numbered)
        assert (await client.call("PATCH", path, json={"events": ["*"]})).status == 200
        await client.call("PATCH", path_to("a.jpg"), json={"title": "A"})
        await receiver.has(1)
    assert receiver.types() == ["image.updated"]


async def test_many_events_are_delivered_with_several_at_once(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    async with receiving() as receiver, delivering(parts):
        receiver.together = 2
        await subscribe(client, receiver)
        await postgres.execute(MANY, client.tenant.id, 400, 40)
        await receiver.has(400)
    assert 1 < receiver.busiest <= AT_ONCE
    assert sorted(receiver.seqs()) == list(range(1, 401))
    for seqs in by_image(receiver.taken).values():
        assert seqs == sorted(seqs)
