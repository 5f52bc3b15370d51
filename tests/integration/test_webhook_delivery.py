"""Webhooks are told at least once, in order, whatever becomes of receivers and workers."""

import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ThreadedResolver
from aiohttp.abc import ResolveResult

from shared.domain.image import Role
from shared.outgoing.requests import Outgoing
from shared.outgoing.urls import AllowedHosts
from shared.settings import Settings
from shared.usecases.webhooks.delivery import AT_ONCE, RetryPolicy
from tests.backstage import running_worker
from tests.client import (
    Client,
    Connection,
    assert_problem,
    eventually,
    make_client,
    path_to,
    picture,
)
from tests.receivers import receiving, subscribe
from tests.streams import listening
from worker.relay import relaying
from worker.rounds import begun
from worker.settings import Parts, open_parts
from worker.webhooks import OutgoingCourier
from worker.webhooks import delivering as deliveries

QUICK = RetryPolicy(first_s=0.1, longest_s=0.2)

MANY = """
INSERT INTO outbox (tenant_id, type, image_id, data)
SELECT $1, 'image.updated', n % $3, jsonb_build_object('id', n % $3)
FROM generate_series(1, $2::int) AS n
"""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings with which receivers on this machine can be reached."""
    return settings.model_copy(update={"outgoing_allowed_hosts": "127.0.0.1,hook.test"})


@pytest.fixture
def keeping() -> Iterator[socket.socket]:
    """Bound and never listening, it keeps a port for receivers that come and go."""
    with socket.socket() as keeping:
        keeping.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        keeping.bind(("127.0.0.1", 0))
        yield keeping


class Rebound(ThreadedResolver):
    """Says of every name that it is this machine's."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the loopback address."""
        return [
            ResolveResult(
                hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=0
            )
        ]


@asynccontextmanager
async def delivering(parts: Parts, retries: RetryPolicy = QUICK) -> AsyncIterator[None]:
    """Run relay and deliveries of a worker, which is killed at the end."""
    deliverer = replace(parts.deliverer, retries=retries)
    async with begun([*relaying(parts.relay), *deliveries(deliverer)]):
        yield


async def _shown(client: Client, path: str) -> dict[str, Any]:
    shown: dict[str, Any] = (await client.call("GET", path)).json
    return shown


def _by_image(events: Iterable[dict[str, Any]]) -> dict[int, list[int]]:
    lanes = defaultdict(list)
    for event in events:
        lanes[event["data"]["id"]].append(event["seq"])
    return lanes


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


async def test_a_receiver_that_was_down_gets_everything_in_order(
    client: Client, parts: Parts, postgres: Connection, keeping: socket.socket
) -> None:
    port = keeping.getsockname()[1]
    async with receiving(port) as first:
        made = await subscribe(client, first)
    async with delivering(parts):
        await postgres.execute(MANY, client.tenant.id, 120, 10)

        async def has_failed() -> bool:
            shown = await _shown(client, made.headers["Location"])
            return bool(shown["failures"] >= 2 and shown["pending"] == 120)

        await eventually(has_failed)
        async with receiving(port) as again:
            again.secret = first.secret
            await again.has(120)

            async def is_well() -> bool:
                shown = await _shown(client, made.headers["Location"])
                return (shown["pending"], shown["failures"], shown["nextAttemptOn"]) == (0, 0, None)

            await eventually(is_well)
    assert sorted(again.seqs()) == list(range(1, 121))
    for seqs in _by_image(again.taken).values():
        assert seqs == sorted(seqs)


async def test_a_failure_holds_up_what_follows_and_says_so(client: Client, parts: Parts) -> None:
    async with receiving() as receiver, delivering(parts):
        path = (await subscribe(client, receiver)).headers["Location"]
        receiver.status = 500
        await client.put("a.jpg", picture())
        await client.put("b.jpg", picture(shade=1))

        async def has_failed() -> bool:
            return bool(receiver.refused[500] >= 3)

        await eventually(has_failed)
        shown = await _shown(client, path)
        assert "the receiver answers 500" in shown["lastError"]
        assert (shown["enabled"], shown["pending"], receiver.taken) == (True, 2, [])
        receiver.status = 200
        await receiver.has(2)
    assert receiver.seqs() == [1, 2]


async def test_a_redirect_is_a_failure_and_is_not_followed(client: Client, parts: Parts) -> None:
    async with receiving() as receiver, receiving() as elsewhere, delivering(parts):
        await subscribe(client, receiver)
        receiver.status, receiver.location = 307, elsewhere.url
        await client.put("a.jpg", picture())

        async def has_failed() -> bool:
            return bool(receiver.refused[307] >= 2)

        await eventually(has_failed)
    assert elsewhere.asked == 0


async def test_gone_disables_at_once_and_is_an_event(client: Client, parts: Parts) -> None:
    async with receiving() as receiver, listening(client) as stream, delivering(parts):
        path = (await subscribe(client, receiver)).headers["Location"]
        receiver.status = 410
        await client.put("a.jpg", picture())
        disabled = (await stream.until("webhook.disabled"))[-1]
        assert disabled["data"] == {"webhookId": path.rpartition("/")[2], "reason": "gone"}
        shown = await _shown(client, path)
        assert (shown["enabled"], shown["disabledReason"]) == (False, "gone")
        assert_problem(await client.call("POST", f"{path}/ping"), 409, "conflict")
        receiver.status = 200
        await client.call("PATCH", path, json={"enabled": True})
        await receiver.has(2)
    assert receiver.types() == ["image.created", "webhook.disabled"]


async def test_after_a_day_of_failures_it_is_disabled(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    async with receiving() as receiver, delivering(parts):
        path = (await subscribe(client, receiver)).headers["Location"]
        receiver.status = 503
        await client.put("a.jpg", picture())

        async def is_failing() -> bool:
            return bool((await _shown(client, path))["failures"])

        await eventually(is_failing)
        assert (await _shown(client, path))["enabled"]
        await postgres.execute(
            "UPDATE webhooks SET failing_since = failing_since - interval '1 day'"
        )

        async def is_disabled() -> bool:
            return bool((await _shown(client, path))["disabledReason"] == "failing")

        await eventually(is_disabled)


async def test_receivers_that_hang_delay_nobody_else(client: Client, parts: Parts) -> None:
    other = await make_client(client.service, "other", Role.ADMIN)
    async with receiving() as stuck, receiving() as well, delivering(parts):
        stuck.is_hanging = True
        for _ in range(5):
            await subscribe(client, stuck)
        await subscribe(other, well)
        await client.put("a.jpg", picture())

        async def hang() -> bool:
            return stuck.asked == 5

        await eventually(hang)
        await other.put("b.jpg", picture())
        await well.has(1)
        assert stuck.asked == 5, "nobody was given up meanwhile, to be asked again"


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
        assert (await _shown(client, path))["pending"] == 20
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


async def test_an_address_that_became_private_is_not_reached(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    outgoing = Outgoing(AllowedHosts.parse(""), resolver=Rebound())
    deliverer = replace(parts.deliverer, courier=OutgoingCourier(outgoing))
    async with receiving() as receiver:
        path = (await subscribe(client, receiver)).headers["Location"]
        await postgres.execute(
            "UPDATE webhooks SET url = $1", receiver.url.replace("127.0.0.1", "hook.test")
        )
        await client.put("a.jpg", picture())
        await parts.relay.number()
        (turn,) = await deliverer.claim(1, failing=False)
        await deliverer.serve(turn)
        shown = await _shown(client, path)
    await outgoing.close()
    assert "is not an address of the public internet" in shown["lastError"]
    assert (receiver.asked, shown["pending"]) == (0, 1)


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
            return bool((await _shown(client, path))["pending"] == 1)

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
    for seqs in _by_image(receiver.taken).values():
        assert seqs == sorted(seqs)
