"""`Expect: 100-continue`: a client that asks first is not told to send what would be refused."""

import pytest

from shared.domain.image import Role
from shared.settings import Settings
from tests.client import Client, assert_problem, make_client, path_to, picture, running_service
from tests.raw import connection, head, read_answer

EXPECT = "Expect: 100-continue"


async def test_a_welcome_body_is_asked_for_and_stored(client: Client) -> None:
    data = picture()
    async with connection(client.service.port) as (reader, writer):
        line = f"PUT {path_to('a.jpg')}"
        writer.write(head(client, line, f"Content-Length: {len(data)}", EXPECT))
        assert (await read_answer(reader)).status == 100
        writer.write(data)
        assert (await read_answer(reader)).status == 201
    assert (await client.row("a.jpg")).size_in_bytes == len(data)


async def test_a_body_for_a_busy_image_is_never_asked_for(client: Client) -> None:
    await client.put("a.jpg", picture())
    async with connection(client.service.port) as (reader, writer):
        writer.write(head(client, f"PUT {path_to('a.jpg')}", "Content-Length: 100000000", EXPECT))
        answer = await read_answer(reader)
    assert_problem(answer, 409, "processing")
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_body_over_the_limit_is_never_asked_for(settings: Settings, client: Client) -> None:
    small = settings.model_copy(update={"max_upload_bytes": 1000})
    async with running_service(small) as service, connection(service.port) as (reader, writer):
        writer.write(head(client, f"PUT {path_to('a.jpg')}", "Content-Length: 1001", EXPECT))
        assert_problem(await read_answer(reader), 413, "too-large")


async def test_a_body_that_may_not_create_is_never_asked_for(client: Client) -> None:
    await client.put("a.jpg", picture())
    line = f"PUT {path_to('a.jpg')}"
    async with connection(client.service.port) as (reader, writer):
        writer.write(head(client, line, "Content-Length: 1000", "If-None-Match: *", EXPECT))
        assert_problem(await read_answer(reader), 412, "precondition-failed")


@pytest.mark.parametrize(
    "line", ["PUT /images(a.jpg)", "POST /images", "PATCH /images(a.jpg)"], ids=lambda line: line
)
async def test_a_body_of_one_who_may_not_write_is_never_asked_for(
    line: str, client: Client
) -> None:
    reader_client = await make_client(client.service, "demo", Role.READER)
    content = "Content-Type: multipart/form-data; boundary=x"
    async with connection(client.service.port) as (reader, writer):
        writer.write(head(reader_client, line, content, "Content-Length: 1000", EXPECT))
        assert_problem(await read_answer(reader), 403, "forbidden")


async def test_a_small_body_is_asked_for_once(client: Client) -> None:
    await client.put("a.jpg", b"no picture")
    body = b'{"title": "A"}'
    async with connection(client.service.port) as (reader, writer):
        line = f"PATCH {path_to('a.jpg')}"
        writer.write(head(client, line, f"Content-Length: {len(body)}", EXPECT))
        assert (await read_answer(reader)).status == 100
        writer.write(body)
        assert_problem(await read_answer(reader), 409, "processing")
