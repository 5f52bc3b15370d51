"""Quotas: told before the body, held at the commit, whatever the way in; and `GET /usage`."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import FormData

from shared.domain.errors import QuotaExceededError
from shared.domain.image import Role
from shared.domain.quota import Quota
from shared.domain.reference import Reference
from shared.settings import Settings
from shared.usecases.uploads.staging import Creation
from tests.checks import Fsck
from tests.client import Answer, Client, Connection, eventually, make_client, path_to, picture
from tests.integration.test_staging import nothing_else
from tests.presigned import DATA, announce, complete, open_upload, send
from tests.raw import connection, head, read_answer
from tests.sources import Source, answer, running_source
from worker.settings import Parts

SIZE = len(DATA)


@pytest.fixture
async def source() -> AsyncIterator[Source]:
    async with running_source() as running:
        yield running


@pytest.fixture
async def settings(settings: Settings, source: Source) -> Settings:
    """Settings of a library that may reach the test's own source."""
    return settings.model_copy(update={"outgoing_allowed_hosts": source.host})


async def limit(
    client: Client, *, size: int | None = None, images: int | None = None, file: int | None = None
) -> None:
    await client.service.library.database.set_quota(client.tenant.id, Quota(size, images, file))


async def usage(client: Client) -> tuple[int, int, int]:
    told = (await client.call("GET", "/usage")).json
    return told["images"], told["deletedImages"], told["bytes"]


def assert_refused(answer: Answer, status: int, **members: int | str) -> None:
    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert {name: answer.json[name] for name in members} == members
    for figure in members.values():
        assert str(figure) in answer.json["detail"] or isinstance(figure, str)


async def test_usage_is_exact_and_tells_the_limits(
    client: Client, parts: Parts, settings: Settings
) -> None:
    reader = await make_client(client.service, "demo", Role.READER)
    await client.put_ok(parts, "a.jpg", DATA)
    await client.put_ok(parts, "b.jpg", DATA)
    other = picture(shade=3)
    await client.put_ok(parts, "a.jpg", other)
    await limit(client, size=10**9, file=10**6)
    assert (await reader.call("GET", "/usage")).json == {
        "images": 2,
        "deletedImages": 0,
        "bytes": 2 * SIZE + len(other),  # a replaced original counts as long as it is kept
        "maxImages": None,
        "maxBytes": 10**9,
        "maxFileBytes": 10**6,
    }
    await client.delete("a.jpg")
    assert await usage(client) == (2, 1, 2 * SIZE + len(other))
    await client.delete("b.jpg", "?purge=true")
    assert await usage(client) == (1, 1, SIZE + len(other))
    assert await Fsck(client.service.library.database, settings).found() == []


async def test_a_file_that_may_not_be_is_413_before_its_body_is_sent(client: Client) -> None:
    await limit(client, file=SIZE - 1)
    async with connection(client.service.port) as (reader, writer):
        headers = ("Expect: 100-continue", f"Content-Length: {SIZE}")
        writer.write(head(client, f"PUT {path_to('a.jpg')}", *headers))
        assert_refused(await read_answer(reader), 413, quota="fileBytes", limit=SIZE - 1)
    await limit(client, size=SIZE - 1)
    assert_refused(await client.put("a.jpg", DATA), 413, quota="bytes", used=0, limit=SIZE - 1)
    assert await usage(client) == (0, 0, 0)


async def test_what_is_used_up_is_507_until_something_is_purged(client: Client) -> None:
    await limit(client, size=SIZE)
    assert (await client.put("a.jpg", DATA)).status == 201
    refused = await client.put("b.jpg", DATA)
    assert_refused(refused, 507, quota="bytes", used=SIZE, limit=SIZE)
    assert "purge" in refused.json["detail"]
    await limit(client, images=1)
    assert_refused(await client.put("b.jpg", DATA), 507, quota="images", used=1, limit=1)
    assert (await client.get("a.jpg")).status == 200, "reading goes on"
    await client.service.library.database.set_quota(client.tenant.id, Quota())
    assert (await client.put("b.jpg", DATA)).status == 201


async def test_a_body_of_unknown_length_is_cut_where_the_room_ends(client: Client) -> None:
    await limit(client, size=1_000_000)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 50_000_000:
            sent += 100_000
            yield bytes(100_000)

    assert_refused(await client.put("a.bin", endless()), 413, limit=1_000_000)
    assert sent < 50_000_000


async def test_uploads_at_once_cannot_exceed_a_quota_together(
    client: Client, parts: Parts, postgres: Connection
) -> None:
    await limit(client, size=3 * SIZE)
    began = asyncio.Semaphore(0)
    go = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield DATA[:10]
        began.release()
        await go.wait()  # every one was let in by now: there was room for each alone
        yield DATA[10:]

    sending = [asyncio.create_task(client.put(f"{n}.jpg", body())) for n in range(8)]
    for _ in sending:
        await began.acquire()

    async def all_were_let_in() -> bool:
        return bool(await postgres.fetchval("SELECT count(*) FROM uploads") == len(sending))

    await eventually(all_were_let_in)
    go.set()
    statuses = sorted([(await each).status for each in sending])
    assert statuses == [201] * 3 + [507] * 5
    assert await usage(client) == (3, 0, 3 * SIZE)
    assert await parts.sweeper.clear_uploads() == 5, "what had no room is not kept"
    assert await postgres.fetchval("SELECT count(*) FROM usage_changes") == 0


async def test_forms_presigned_uploads_and_staged_files_have_the_same_quota(
    client: Client, parts: Parts
) -> None:
    library = client.service.library
    ticket = await library.staging.open(client.tenant, "staged.jpg")
    assert (await client.call("PUT", f"/files/{ticket.token}", data=DATA)).status == 200
    upload = await open_upload(client, "late.jpg")
    await send(client, upload)
    await limit(client, size=SIZE + 1)
    form = FormData()
    form.add_field("f", DATA, filename="a.jpg")
    form.add_field("f", DATA, filename="b.jpg")
    answers = (await client.call("POST", "/images", data=form)).json["value"]
    assert [each["status"] for each in answers] == [201, 507]
    assert answers[1]["problem"]["used"] == SIZE
    assert_refused(await announce(client, "c.jpg"), 507, used=SIZE, limit=SIZE + 1)
    assert_refused(await complete(client, "late.jpg"), 507, used=SIZE, limit=SIZE + 1)
    wanted = Creation(Reference("staged.jpg"))
    with pytest.raises(QuotaExceededError):
        await library.staging.create(client.tenant, ticket.id, wanted, nothing_else)
    await limit(client, size=2 * SIZE)
    assert (await complete(client, "late.jpg")).status == 202, "once there is room, it goes on"
    assert await usage(client) == (2, 0, 2 * SIZE), "what arrived counts before it is copied"
    assert (await client.process(parts, "late.jpg")).status == "Ok"
    assert await usage(client) == (2, 0, 2 * SIZE)


async def test_a_fetched_image_without_room_is_er_and_is_fetched_once_there_is(
    client: Client, parts: Parts, source: Source
) -> None:
    source.answers["/a.jpg"] = answer(DATA)
    body = {"reference": "a.jpg", "sourceUrl": source.url("/a.jpg")}
    assert (await client.call("POST", "/images", json=body)).status == 201
    await limit(client, size=SIZE - 1)
    failed = await client.process(parts, "a.jpg")
    assert (failed.status, failed.status_reason) == ("Er", "quota_exceeded")
    await limit(client, size=SIZE)
    assert (await client.call("POST", path_to("a.jpg") + "/reprocess")).status == 202
    assert (await client.process(parts, "a.jpg")).status == "Ok"


async def test_a_restored_revision_needs_room(client: Client, parts: Parts) -> None:
    await client.put_ok(parts, "a.jpg", DATA)
    await client.put_ok(parts, "a.jpg", picture(shade=3))
    used = (await usage(client))[2]
    await limit(client, size=used)
    path = path_to("a.jpg") + "/revisions/1/restore"
    assert_refused(await client.call("POST", path), 507, used=used)
    await limit(client, size=used + SIZE)
    assert (await client.call("POST", path)).status == 202


async def test_fsck_finds_counters_off_and_counts_anew(
    client: Client, settings: Settings, postgres: Connection
) -> None:
    await client.put("a.jpg", DATA)
    fsck = Fsck(client.service.library.database, settings)
    await postgres.execute("UPDATE tenant_usage SET bytes = bytes + 7, images = 40")
    ((finding,), _) = await fsck.run(repair=True)
    assert (finding.kind, finding.repair) == ("counter_off", "counted anew")
    assert await usage(client) == (1, 0, SIZE)
    assert await fsck.found() == []


async def test_a_quota_of_one_tenant_is_nothing_to_another(client: Client) -> None:
    other = await make_client(client.service, "other", Role.EDITOR)
    await limit(client, images=1)
    assert (await client.put("a.jpg", DATA)).status == 201
    assert (await client.put("b.jpg", DATA)).status == 507
    assert (await other.put("a.jpg", DATA)).status == 201
    assert await usage(other) == (1, 0, SIZE)


async def test_answers_to_uploads_name_other_references_with_the_same_bytes(
    client: Client, parts: Parts
) -> None:
    await client.put_ok(parts, "straße, 1.jpg", DATA)
    first = await client.put("b.jpg", DATA)
    assert first.headers["Fototeca-Duplicates"] == "stra%C3%9Fe%2C%201.jpg"
    assert "Fototeca-Duplicates" not in (await client.put("c.jpg", picture(shade=3))).headers
    form = FormData()
    form.add_field("f", DATA, filename="d.jpg")
    (item,) = (await client.call("POST", "/images", data=form)).json["value"]
    assert item["duplicates"] == ["straße, 1.jpg", "b.jpg"]
    other = await make_client(client.service, "other", Role.EDITOR)
    assert "Fototeca-Duplicates" not in (await other.put("e.jpg", DATA)).headers
    for number in range(12):
        last = await client.put(f"{number}.jpg", DATA)
    assert last.headers["Fototeca-Duplicates"].count(",") == 9, "ten are enough"
    sha256 = (await client.get("b.jpg", "?$select=sha256")).json["sha256"]
    found = await client.call("GET", f"/images/$count?$filter=sha256%20eq%20'{sha256}'")
    assert int(found.body) == 15
