"""Bodies of PATCH that are no JSON, too large, or never end."""

import pytest

from shared.domain.image import Role
from shared.settings import Settings
from tests.bucket import Bucket
from tests.client import (
    Client,
    assert_problem,
    make_client,
    path_to,
    running_service,
)
from tests.raw import connection, head, read_answer

NO_JSON = {
    "nothing": b"",
    "open": b"{",
    "no UTF-8": b"\xff",
    "half a surrogate": b'{"title": "\\ud800"}',
    "half a surrogate, raw": b'{"title": "\xed\xa0\x80"}',
    "deep list": b"[" * 100_000,
    "deep object": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "NaN": b'{"title": NaN}',
    "huge number": b"1" * 5000,
}


@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON.keys())
async def test_a_body_that_is_no_json_is_400(body: bytes, client: Client) -> None:
    answer = await client.call("PATCH", path_to("a.jpg"), data=body)
    assert_problem(answer, 400, "validation")


async def test_a_body_over_a_mebibyte_is_413(client: Client) -> None:
    answer = await client.call("PATCH", path_to("a.jpg"), data=b" " * (1024 * 1024 + 1))
    assert answer.status == 413
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_a_body_that_does_not_end_is_not_waited_for(
    settings: Settings, bucket: Bucket
) -> None:
    assert bucket.name == settings.s3_bucket
    brief = settings.model_copy(update={"upload_timeout_s": 1})
    async with running_service(brief) as service, connection(service.port) as (reader, writer):
        client = await make_client(service, "demo", Role.EDITOR)
        writer.write(head(client, f"PATCH {path_to('a.jpg')}", "Content-Length: 100") + b"{")
        assert_problem(await read_answer(reader), 408, "upload-timeout")
