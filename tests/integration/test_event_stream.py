"""`GET /events`: resumed without loss, for those who may, not kept for those who do not read."""

import asyncio
import socket
from contextlib import AsyncExitStack, suppress
from dataclasses import replace

import pytest
from aiohttp import ClientSession

from api.app import PRINCIPAL_TTL_S
from api.dam import events as contract
from shared.domain.image import Role
from shared.settings import Settings
from shared.usecases.access.keys import list_keys, revoke_key
from shared.usecases.events import watch as events_watch
from tests.bucket import Bucket
from tests.client import (
    Client,
    Connection,
    assert_problem,
    eventually,
    make_client,
    path_to,
    picture,
    running_service,
)
from tests.raw import head
from tests.streams import TIMEOUT_S, listening
from worker.settings import Parts

REVOCATION_S = 5.0

MANY = """
INSERT INTO outbox (tenant_id, type, data)
SELECT $1, 'image.updated', jsonb_build_object('reference', repeat('x', 200))
FROM generate_series(1, $2::int)
"""


async def test_an_event_says_what_happened_and_where_the_picture_is(
    client: Client, parts: Parts
) -> None:
    async with listening(client) as stream:
        image = await client.put_ok(parts, "ä b.jpg", picture())
        await parts.relay.number()
        created, ready = await stream.take(2)
    shown = (await client.get("ä b.jpg")).json
    assert created["data"] == {
        "id": image.id,
        "uid": str(image.uid),
        "reference": "ä b.jpg",
        "status": "Up",
        "revision": 1,
        "rowVersion": 1,
    }
    assert (ready["type"], ready["seq"], ready["data"]["status"]) == ("image.ready", 2, "Ok")
    for name in ("originalUrl", "thumbnailUrl", "thumbnailMediumUrl", "thumbnailPreviewUrl"):
        assert ready["data"][name] == shown[name]
    assert ready["timestamp"].endswith("Z")


async def test_a_rename_names_the_former_reference(client: Client, parts: Parts) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    await parts.relay.number()
    async with listening(client) as stream:
        await client.call("PATCH", path_to("a.jpg"), json={"reference": "b.jpg"})
        await parts.relay.number()
        data = (await stream.next())["data"]
    assert (data["reference"], data["formerReference"]) == ("b.jpg", "a.jpg")


async def test_a_reader_resumes_where_it_was_after_the_api_was_restarted(
    settings: Settings, bucket: Bucket, parts: Parts
) -> None:
    assert bucket.name == settings.s3_bucket
    async with running_service(settings) as service:
        client = await make_client(service, "demo", Role.ADMIN)
        async with listening(client) as stream:
            await client.put("a.jpg", picture())
            await parts.relay.number()
            assert (await stream.next())["seq"] == 1
            last_id = stream.last_id
        await client.put("b.jpg", picture(shade=1))
        await parts.relay.number()
    async with running_service(settings) as service:
        again = replace(client, service=service)
        await again.put("c.jpg", picture(shade=2))
        await parts.relay.number()
        for query, header in (("", last_id), (f"?lastEventId={last_id}", None)):
            async with listening(again, query, header) as stream:
                missed = await stream.take(2)
            assert [each["data"]["reference"] for each in missed] == ["b.jpg", "c.jpg"]


async def test_a_number_that_is_not_kept_is_410_and_says_what_to_do(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    await postgres.execute(MANY, client.tenant.id, 5)
    await parts.relay.number()
    await postgres.execute("DELETE FROM events WHERE seq <= 3")
    for last_id in ("0", "2", "6"):
        answer = await client.call("GET", "/events", headers={"Last-Event-ID": last_id})
        assert_problem(answer, 410, "events-gone", "Last-Event-ID")
        assert "read the list of images anew" in answer.json["detail"]
    async with listening(client, last_id="3") as stream:
        assert [each["seq"] for each in await stream.take(2)] == [4, 5]


async def test_what_is_swept_before_a_reader_comes_to_it_ends_its_stream_with_resync(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    async with listening(client) as stream:
        await postgres.execute(MANY, client.tenant.id, 5)
        async with client.service.library.database.transaction() as statements:
            await statements.number_events(0, 10, 10)
            await statements.sweep_events(-1, 3)
        assert "event: resync\n" in await stream.rest()
    assert await parts.relay.number() == 0


@pytest.mark.parametrize("query", ["?lastEventId=x", "?types=image.eaten", "?since=3", "?types="])
async def test_a_wrong_option_is_400(client: Client, query: str) -> None:
    answer = await client.call("GET", f"/events{query}")
    assert answer.status == 400, answer.body
    assert answer.json["field"]


async def test_a_stream_of_some_types_passes_over_the_others(client: Client, parts: Parts) -> None:
    async with listening(client, "?types=image.ready,image.failed") as stream:
        await client.put_ok(parts, "a.jpg", picture())
        await parts.relay.number()
        assert (await stream.next())["type"] == "image.ready"


async def test_tenants_hear_nothing_of_each_other(client: Client, parts: Parts) -> None:
    other = await make_client(client.service, "other", Role.READER)
    async with listening(client) as ours, listening(other) as theirs:
        await client.put("ours.jpg", picture())
        writer = await make_client(client.service, "other", Role.EDITOR)
        await writer.put("theirs.jpg", picture())
        await parts.relay.number()
        assert (await ours.next())["data"]["reference"] == "ours.jpg"
        heard = await theirs.next()
    assert (heard["data"]["reference"], heard["seq"]) == ("theirs.jpg", 1)


async def test_a_stream_ends_within_seconds_when_its_key_is_revoked(
    client: Client, parts: Parts, postgres: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert contract.CHECK_S + PRINCIPAL_TTL_S < REVOCATION_S
    monkeypatch.setattr(contract, "CHECK_S", 0.1)
    await postgres.execute(MANY, client.tenant.id, 10_000)
    await parts.relay.number()
    reader = await make_client(client.service, "demo", Role.READER)
    database = client.service.library.database
    (key,) = [each for each in await list_keys(database, client.tenant) if each.role == Role.READER]
    async with listening(reader) as stream, listening(reader, last_id="0") as behind:
        await revoke_key(database, client.tenant, key.id)
        assert "the key was revoked" in await stream.rest()
        old_news = await behind.rest()
    assert "the key was revoked" in old_news
    assert old_news.count("event:") < 10_000


async def test_streams_end_at_once_when_the_api_does(
    settings: Settings, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.server.SHUTDOWN_S", 100)  # which others are given to end
    assert bucket.name == settings.s3_bucket
    async with ClientSession() as session, AsyncExitStack() as stack:
        async with running_service(settings) as service:
            client = await make_client(service, "demo", Role.READER)
            reader = replace(client, service=replace(service, session=session))
            stream = await stack.enter_async_context(listening(reader))
            began = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - began < TIMEOUT_S
        assert "connect again" in await stream.rest()


async def test_a_silent_stream_is_kept_alive(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contract, "HEARTBEAT_S", 0.1)
    async with listening(client) as stream:
        line = await asyncio.wait_for(stream.response.content.readline(), TIMEOUT_S)
        assert line == b": heartbeat\n"
    probed = await client.call("HEAD", "/events")
    assert (probed.status, probed.body) == (200, b"")
    assert probed.headers["Content-Type"].startswith("text/event-stream")


async def test_a_tenant_has_so_many_streams_and_no_more(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events_watch, "MAX_PER_TENANT", 2)
    other = await make_client(client.service, "other", Role.READER)
    async with listening(client):
        async with listening(client):
            answer = await client.call("GET", "/events")
            assert_problem(answer, 429, "too-many-streams")
            assert int(answer.headers["Retry-After"]) > 0
            async with listening(other):
                pass

        async def has_room() -> bool:
            async with asyncio.timeout(TIMEOUT_S):
                with suppress(AssertionError):
                    async with listening(client):
                        return True
            return False

        await eventually(has_room)


async def test_a_reader_that_does_not_read_is_cut_off_and_others_are_not(
    client: Client, parts: Parts, postgres: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contract, "STUCK_S", 2)
    stuck = socket.socket()
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stuck.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(stuck, ("127.0.0.1", client.service.port))
    await loop.sock_sendall(stuck, head(client, "GET /events"))
    watch = client.service.library.watch

    async def listens() -> bool:
        return len(watch._listeners) == 1  # noqa: SLF001 who is there is told nowhere else

    await eventually(listens)
    async with listening(client) as stream:
        await postgres.execute(MANY, client.tenant.id, 5_000)
        await parts.relay.number()
        assert (await stream.take(5_000))[-1]["seq"] == 5_000

        async def is_cut_off() -> bool:
            return len(watch._listeners[client.tenant.id]) == 1  # noqa: SLF001 the same

        await eventually(is_cut_off)
    received = 0
    with stuck, suppress(ConnectionResetError):
        while data := await loop.sock_recv(stuck, 1 << 20):
            received += len(data)
    assert received < 5_000 * 200
