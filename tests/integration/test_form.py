"""POST of a form: several new images, an answer for each, none replaced."""

import pytest
from aiohttp import FormData

from api.dam.form import MAX_FILES
from shared.domain.image import Role
from shared.settings import Settings
from tests.bucket import Bucket
from tests.client import (
    DOCUMENT_FIELDS,
    Answer,
    Client,
    assert_problem,
    make_client,
    picture,
    running_service,
)
from tests.raw import ask, connection, head, read_answer
from worker.settings import Parts

PART = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.jpg"\r\n\r\n'
WHOLE = PART.replace(b"a.jpg", b"kept.jpg") + b"kept\r\n"
BOUNDARY = "Content-Type: multipart/form-data; boundary=x"


def form(**files: bytes) -> FormData:
    """Return a form; a file is named like its field, with a dot for the underscore."""
    data = FormData()
    for name, content in files.items():
        data.add_field(name, content, filename=name.replace("_", "."))
    return data


async def _post(client: Client, data: FormData) -> Answer:
    return await client.call("POST", "/images", data=data)


async def test_every_file_becomes_an_image(client: Client, parts: Parts) -> None:
    answer = await _post(client, form(a_jpg=picture(), b_png=picture(kind="PNG")))
    assert answer.status == 201
    assert [item["reference"] for item in answer.json["value"]] == ["a.jpg", "b.png"]
    assert [item["status"] for item in answer.json["value"]] == [201, 201]
    assert list(answer.json["value"][0]["image"]) == DOCUMENT_FIELDS
    for reference in ("a.jpg", "b.png"):
        assert (await client.process(parts, reference)).status == "Ok"


async def test_a_form_never_replaces(client: Client, parts: Parts) -> None:
    before = await client.put_ok(parts, "a.jpg", picture())
    answer = await _post(client, form(a_jpg=picture(shade=7)))
    assert answer.status == 409
    (item,) = answer.json["value"]
    assert item["problem"]["status"] == 409
    assert item["problem"]["field"] == "reference"
    assert await client.row("a.jpg") == before


async def test_the_same_name_twice_is_created_once(client: Client) -> None:
    data = form(a_jpg=picture())
    data.add_field("again", picture(shade=7), filename="a.jpg")
    answer = await _post(client, data)
    assert answer.status == 207
    assert [item["status"] for item in answer.json["value"]] == [201, 409]


async def test_answers_that_differ_are_207_each_with_its_own(
    settings: Settings, bucket: Bucket, parts: Parts
) -> None:
    small = settings.model_copy(update={"max_upload_bytes": 5000})
    async with running_service(small) as service:
        client = await make_client(service, "demo", Role.EDITOR)
        await client.put("old.jpg", b"old")
        data = form(a_jpg=b"good", big_jpg=b"x" * 5001, old_jpg=b"new", empty_jpg=b"")
        data.add_field("note", "a field, not a file")
        data.add_field("bad", b"bytes", filename="n" * 256)
        data.add_field("z_jpg", b"good too", filename="z.jpg")
        answer = await _post(client, data)
        assert answer.status == 207
        items = answer.json["value"]
        assert [item["status"] for item in items] == [201, 413, 409, 400, 400, 400, 201]
        assert "5000 bytes" in items[1]["problem"]["detail"]
        assert items[4]["problem"]["field"] == "note"
        assert (await client.get("big.jpg")).status == 404
    await parts.sweeper.clear_uploads()
    assert len(await bucket.keys()) == 3


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"--x--\r\n", 400),
        (b"no boundary at all", 400),
        (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\ntext\r\n--x--\r\n', 400),
        (b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y--\r\n--x--\r\n", 400),
        (b"--x\r\n" + b"A: " + b"b" * 70000 + b"\r\n\r\ntext\r\n--x--\r\n", 400),
    ],
    ids=["nothing", "no part", "no boundary", "no file", "form in a form", "huge header"],
)
async def test_a_form_that_holds_no_file_is_refused(
    body: bytes, status: int, client: Client
) -> None:
    length = f"Content-Length: {len(body)}"
    answer = await ask(client.service.port, head(client, "POST /images", BOUNDARY, length) + body)
    assert answer.status == status, answer.body


async def test_a_form_cut_off_in_the_middle_leaves_nothing(
    client: Client, parts: Parts, bucket: Bucket
) -> None:
    part = PART + b"y" * 999
    length = f"Content-Length: {len(part)}"
    answer = await ask(client.service.port, head(client, "POST /images", BOUNDARY, length) + part)
    assert answer.status == 400, answer.body
    assert (await client.get("a.jpg")).status == 404
    await parts.sweeper.clear_uploads()
    assert not await bucket.keys()


@pytest.mark.parametrize(
    "kind", ["text/plain", "multipart/form-data", "multipart/mixed; boundary=x"]
)
async def test_what_is_no_form_is_refused(kind: str, client: Client) -> None:
    answer = await client.call("POST", "/images", data=b"abc", headers={"Content-Type": kind})
    assert answer.status == 400, answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_a_name_outside_ascii_arrives_whole(client: Client) -> None:
    data = FormData(quote_fields=False)
    data.add_field("file", b"bytes", filename="größe 漢.jpg")
    answer = await _post(client, data)
    assert answer.json["value"][0]["reference"] == "größe 漢.jpg"


async def test_what_is_skipped_of_a_form_is_bounded(settings: Settings, bucket: Bucket) -> None:
    assert bucket.name == settings.s3_bucket
    small = settings.model_copy(update={"max_upload_bytes": 100_000})
    async with running_service(small) as service, connection(service.port) as (reader, writer):
        client = await make_client(service, "demo", Role.EDITOR)
        writer.write(head(client, "POST /images", BOUNDARY, "Content-Length: 99999999"))
        writer.write(PART.replace(b"a.jpg", b"kept.jpg") + b"kept\r\n" + PART + bytes(600_000))
        answer = await read_answer(reader)
        assert answer.status == 207
        names = [(item["reference"], item["status"]) for item in answer.json["value"]]
        assert names == [("kept.jpg", 201), ("a.jpg", 413), (None, 413)]
        assert "not read on" in answer.json["value"][2]["problem"]["detail"]
        assert (await client.get("kept.jpg")).status == 200


async def test_the_time_for_what_is_skipped_of_a_form_is_bounded(
    settings: Settings, bucket: Bucket
) -> None:
    assert bucket.name == settings.s3_bucket
    brief = settings.model_copy(update={"upload_timeout_s": 3})
    async with running_service(brief) as service, connection(service.port) as (reader, writer):
        client = await make_client(service, "demo", Role.EDITOR)
        await client.put("a.jpg", b"here already")
        writer.write(head(client, "POST /images", BOUNDARY, "Content-Length: 99999999") + PART)
        answer = await read_answer(reader)
        assert answer.status == 207
        assert [item["status"] for item in answer.json["value"]] == [409, 408]


async def test_a_file_that_takes_too_long_ends_the_form_and_keeps_the_answers_before(
    settings: Settings, bucket: Bucket
) -> None:
    assert bucket.name == settings.s3_bucket
    brief = settings.model_copy(update={"upload_timeout_s": 3})
    large = PART.replace(b"a.jpg", b"kept.jpg") + bytes(300_000) + b"\r\n"
    async with running_service(brief) as service, connection(service.port) as (reader, writer):
        client = await make_client(service, "demo", Role.EDITOR)
        writer.write(head(client, "POST /images", BOUNDARY, "Content-Length: 99999999"))
        writer.write(large + PART + b"the rest never comes")
        answer = await read_answer(reader)
        names = [(item["reference"], item["status"]) for item in answer.json["value"]]
        assert (answer.status, names) == (207, [("kept.jpg", 201), ("a.jpg", 408)])
        assert (await client.get("kept.jpg")).status == 200


BROKEN_OFF = {
    "a file cut off": (PART + b"y" * 999, ("a.jpg", 400)),
    "a file cut off at once": (PART, ("a.jpg", 400)),
    "a refused file cut off": (
        PART.replace(b"a.jpg", b"kept.jpg") + b"y" * 999,
        ("kept.jpg", 409),
    ),
    "headers that cannot be read": (b"--x\r\nno colon\r\n\r\ntext\r\n--x--\r\n", (None, 400)),
    "a huge header": (b"--x\r\nA: " + b"b" * 70_000 + b"\r\n\r\ntext\r\n--x--\r\n", (None, 400)),
    "a form in a form": (
        b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y--\r\n--x--\r\n",
        (None, 400),
    ),
}


@pytest.mark.parametrize(("rest", "last"), BROKEN_OFF.values(), ids=BROKEN_OFF)
async def test_what_is_broken_in_a_form_keeps_the_answers_before(
    rest: bytes, last: tuple[str | None, int], client: Client
) -> None:
    body = WHOLE + rest
    length = f"Content-Length: {len(body)}"
    answer = await ask(client.service.port, head(client, "POST /images", BOUNDARY, length) + body)
    names = [(item["reference"], item["status"]) for item in answer.json["value"]]
    assert (answer.status, names) == (207, [("kept.jpg", 201), last])
    assert (await client.get("kept.jpg")).status == 200


async def test_a_form_with_a_file_too_many_keeps_the_answers_to_the_others(client: Client) -> None:
    data = FormData(default_to_multipart=True)
    for number in range(MAX_FILES + 1):
        data.add_field("note", f"field {number}, not a file")
    answer = await _post(client, data)
    assert answer.status == 400
    assert len(answer.json["value"]) == MAX_FILES + 1
    assert str(MAX_FILES) in answer.json["value"][-1]["problem"]["detail"]


async def test_what_is_broken_before_any_file_does_not_say_that_some_were_stored(
    client: Client,
) -> None:
    body = b"--x\r\nno colon\r\n\r\ntext\r\n--x--\r\n"
    length = f"Content-Length: {len(body)}"
    answer = await ask(client.service.port, head(client, "POST /images", BOUNDARY, length) + body)
    assert_problem(answer, 400, "validation")
    assert "stored" not in answer.json["detail"]


async def test_parts_that_are_refused_may_be_large_as_long_as_one_upload(
    settings: Settings, bucket: Bucket
) -> None:
    assert bucket.name == settings.s3_bucket
    small = settings.model_copy(update={"max_upload_bytes": 1_000_000})
    async with running_service(small) as service:
        client = await make_client(service, "demo", Role.EDITOR)
        await client.put("a.jpg", b"here already")
        data = form(a_jpg=bytes(900_000), new_jpg=b"new")
        answer = await _post(client, data)
        assert [item["status"] for item in answer.json["value"]] == [409, 201]
