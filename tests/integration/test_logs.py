"""Logs: one JSON object a line, with request id, tenant and image where there are."""

from shared.settings import Settings
from tests.bucket import Bucket
from tests.client import Client, path_to, picture
from tests.outside import line_of, service_process, with_port
from tests.raw import ask


async def test_a_request_is_one_line_that_says_whose_and_of_what(
    settings: Settings, bucket: Bucket, client: Client
) -> None:
    assert bucket.name == settings.s3_bucket
    told = with_port(settings)
    async with service_process("api.processes", told) as process:
        assert (await line_of(process, "listening"))["service"] == "api"
        url = f"http://127.0.0.1:{told.port}{path_to('a b.jpg')}"
        headers = {"X-API-KEY": client.key, "X-Request-ID": "mine-1"}
        async with client.service.session.get(url, headers=headers) as answer:
            assert answer.status == 404
        record = await line_of(process, "request")
    assert (record["request_id"], record["tenant"], record["image"]) == (
        "mine-1",
        "demo",
        "a b.jpg",
    )
    assert (record["method"], record["status"]) == ("GET", 404)
    assert client.key not in str(record)


async def test_a_job_is_one_line_that_says_whose_and_what_came_of_it(
    settings: Settings, client: Client
) -> None:
    await client.put("a.jpg", picture(), headers={"X-Request-ID": "mine-2"})
    async with service_process("worker.running", settings) as process:
        assert (await line_of(process, "working"))["service"] == "worker"
        record = await line_of(process, "processed")
    row = await client.row("a.jpg")
    assert (record["tenant"], record["image"], record["outcome"]) == ("demo", "a.jpg", "Ok")
    assert (record["revision"], record["attempt"], record["request_id"]) == (1, 1, "mine-2")
    assert (record["tenant_id"], record["image_id"]) == (row.tenant_id, row.id)
    assert record["seconds"] > 0
    assert row.status == "Ok"


async def test_a_key_in_the_query_never_reaches_the_log(
    settings: Settings, bucket: Bucket, client: Client
) -> None:
    assert bucket.name == settings.s3_bucket
    told = with_port(settings)
    target = f"/api/core/v2/categories?x-api-key={client.key}"
    refused = (
        f"GET {target}\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
        f"GET {target} HTTP/9.1\r\nHost: x\r\n\r\n",
        f"GE\0T {target} HTTP/1.1\r\nHost: x\r\n\r\n",
        f"GET {target}{'a' * 100_000} HTTP/1.1\r\nHost: x\r\n\r\n",
        f"GET http://[bad{target} HTTP/1.1\r\nHost: x\r\n\r\n",
    )
    async with service_process("api.processes", told) as process:
        await line_of(process, "listening")
        async with client.service.session.get(f"http://127.0.0.1:{told.port}{target}") as answer:
            assert answer.status == 200
        record = await line_of(process, "request")
        assert (record["path"], record["tenant"]) == ("/api/core/v2/categories", "demo")
        for request in refused:
            answered = await ask(told.port, request.encode())
            assert answered.status == 400, request
            assert client.key not in answered.body.decode()
            record = await line_of(process, "request_refused")
            assert client.key not in str(record)
            assert record["detail"]
