"""Receivers that are down, refuse, hang or are gone: tried again, told of, disabled."""

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
from aiohttp import ThreadedResolver
from aiohttp.abc import ResolveResult

from shared.domain.image import Role
from shared.outgoing.requests import Outgoing
from shared.outgoing.urls import AllowedHosts
from tests.client import (
    Client,
    Connection,
    assert_problem,
    eventually,
    make_client,
    picture,
)
from tests.deliveries import MANY, by_image, delivering, shown_at
from tests.receivers import receiving, subscribe
from tests.streams import listening
from worker.settings import Parts
from worker.webhooks import OutgoingCourier


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


async def test_a_receiver_that_was_down_gets_everything_in_order(
    client: Client, parts: Parts, postgres: Connection, keeping: socket.socket
) -> None:
    port = keeping.getsockname()[1]
    async with receiving(port) as first:
        made = await subscribe(client, first)
    async with delivering(parts):
        await postgres.execute(MANY, client.tenant.id, 120, 10)

        async def has_failed() -> bool:
            shown = await shown_at(client, made.headers["Location"])
            return bool(shown["failures"] >= 2 and shown["pending"] == 120)

        await eventually(has_failed)
        async with receiving(port) as again:
            again.secret = first.secret
            await again.has(120)

            async def is_well() -> bool:
                shown = await shown_at(client, made.headers["Location"])
                return (shown["pending"], shown["failures"], shown["nextAttemptOn"]) == (0, 0, None)

            await eventually(is_well)
    assert sorted(again.seqs()) == list(range(1, 121))
    for seqs in by_image(again.taken).values():
        assert seqs == sorted(seqs)


async def test_a_failure_holds_up_what_follows_and_says_so(client: Client, parts: Parts) -> None:
    async with receiving() as receiver, delivering(parts):
        path = (await subscribe(client, receiver)).headers["Location"]
        receiver.status = 500
        await client.put("a.jpg", picture())
        await client.put("b.jpg", picture(shade=1))

        async def has_failed() -> bool:
            both_wait = (await shown_at(client, path))["pending"] == 2
            return both_wait and receiver.refused[500] >= 3

        await eventually(has_failed)
        shown = await shown_at(client, path)
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
        shown = await shown_at(client, path)
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
            return bool((await shown_at(client, path))["failures"])

        await eventually(is_failing)
        assert (await shown_at(client, path))["enabled"]
        await postgres.execute(
            "UPDATE webhooks SET failing_since = failing_since - interval '1 day'"
        )

        async def is_disabled() -> bool:
            return bool((await shown_at(client, path))["disabledReason"] == "failing")

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
        shown = await shown_at(client, path)
    await outgoing.close()
    assert "is not an address of the public internet" in shown["lastError"]
    assert (receiver.asked, shown["pending"]) == (0, 1)
