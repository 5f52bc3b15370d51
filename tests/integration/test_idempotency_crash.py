"""`Idempotency-Key` after a crash in the middle of a form: the rest is made, and nothing twice."""

from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.client import (
    Answer,
    Client,
    Connection,
    assert_problem,
    eventually,
)
from tests.idempotency import KEY, is_again
from tests.raw import ask, connection, head, read_answer

PART = b'--x\r\nContent-Disposition: form-data; name="f"; filename="%b.jpg"\r\n\r\n%b\r\n'
WHOLE = PART % (b"a", b"a" * 9) + PART % (b"b", b"b" * 4000) + b"--x--\r\n"

CUT = WHOLE.index(b"bbb")


def _request(client: Client) -> bytes:
    return head(
        client,
        "POST /images",
        "Content-Type: multipart/form-data; boundary=x",
        f"Idempotency-Key: {KEY['Idempotency-Key']}",
        f"Content-Length: {len(WHOLE)}",
    )


@asynccontextmanager
async def half_sent(client: Client) -> AsyncIterator[tuple[StreamReader, StreamWriter, bytes]]:
    """Send a form until its first file is an image; its second is under way, with this rest."""
    rest = iter(range(CUT, len(WHOLE)))

    async def first_is_made() -> bool:
        sent = next(rest)  # aiohttp looks for the end of a part when more has come
        writer.write(WHOLE[sent : sent + 1])
        return (await client.get("a.jpg")).status == 200

    async with connection(client.service.port) as (reader, writer):
        writer.write(_request(client) + WHOLE[:CUT])
        await eventually(first_is_made)
        yield reader, writer, WHOLE[next(rest) :]


async def _send(client: Client) -> Answer:
    return await ask(client.service.port, _request(client) + WHOLE)


def _statuses(answer: Answer) -> list[int]:
    return [item["status"] for item in answer.json["value"]]


async def test_after_a_crash_in_the_middle_the_rest_is_made_and_all_is_answered(
    client: Client, postgres: Connection
) -> None:
    async with half_sent(client):
        assert_problem(await _send(client), 409, "still-running")
        row = await client.row("a.jpg")
        await postgres.execute("UPDATE idempotency_keys SET locked_until = now()")  # nobody beats
        answer = await _send(client)
    assert _statuses(answer) == [201, 201]
    assert answer.json["value"][0]["image"]["id"] == row.id
    assert is_again(await _send(client), answer)
    assert await postgres.fetchval("SELECT count(*) FROM images") == 2


async def test_a_form_that_was_cut_off_is_sent_again_and_made_whole(
    client: Client, postgres: Connection
) -> None:
    async with half_sent(client):
        row = await client.row("a.jpg")

    async def is_free() -> Answer | None:
        answer = await _send(client)
        return None if answer.status == 409 else answer

    answer = await eventually(is_free)
    assert answer is not None
    assert _statuses(answer) == [201, 201]
    assert answer.json["value"][0]["image"]["id"] == row.id
    assert await postgres.fetchval("SELECT count(*) FROM images") == 2


async def test_other_bytes_are_not_taken_for_those_that_an_earlier_try_has_sent(
    client: Client, postgres: Connection
) -> None:
    async with half_sent(client):
        await postgres.execute("UPDATE idempotency_keys SET locked_until = now()")
        other = WHOLE.replace(b"a" * 9, b"z" * 9)
        answer = await ask(client.service.port, _request(client) + other)
    assert _statuses(answer) == [409, 201]


async def test_who_has_lost_the_key_makes_nothing_more(
    client: Client, postgres: Connection
) -> None:
    async with half_sent(client) as (reader, writer, rest):
        await postgres.execute("UPDATE idempotency_keys SET owner = gen_random_uuid()")
        writer.write(rest)
        assert _statuses(await read_answer(reader)) == [201, 409]
    assert (await client.get("b.jpg")).status == 404
