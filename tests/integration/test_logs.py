"""Logs: one JSON object a line, with request id, tenant and image where there are."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from pydantic import SecretStr

from shared.settings import Settings
from tests.bucket import Bucket
from tests.client import Client, path_to, picture

STOP_S = 10


def _environment(settings: Settings) -> dict[str, str]:
    """Return the settings as the service finds them."""
    names = {"aws_access_key_id", "aws_secret_access_key", "aws_region"}
    environment = {"PATH": os.environ["PATH"]}
    for name, value in settings:
        if value is not None and not isinstance(value, bool):
            plain = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            environment[name.upper() if name in names else f"FOTOTECA_{name.upper()}"] = plain
    return environment


@asynccontextmanager
async def _process(module: str, settings: Settings) -> AsyncIterator[Process]:
    code = f"from {module} import main; from shared.settings import Settings; main(Settings())"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=subprocess.PIPE, env=_environment(settings)
    )
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STOP_S):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _line(process: Process, event: str) -> dict[str, Any]:
    """Read on to the line of an event; every line on the way is JSON."""
    assert process.stdout is not None
    async with asyncio.timeout(30):
        while True:
            record: dict[str, Any] = orjson.loads(await process.stdout.readline())
            assert {"event", "level", "timestamp", "service"} <= record.keys(), record
            if record["event"] == event:
                return record


async def test_a_request_is_one_line_that_says_whose_and_of_what(
    settings: Settings, bucket: Bucket, client: Client
) -> None:
    assert bucket.name == settings.s3_bucket
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with _process("api.server", settings.model_copy(update={"port": port})) as process:
        assert (await _line(process, "listening"))["service"] == "api"
        url = f"http://127.0.0.1:{port}{path_to('a b.jpg')}"
        headers = {"X-API-KEY": client.key, "X-Request-ID": "mine-1"}
        async with client.service.session.get(url, headers=headers) as answer:
            assert answer.status == 404
        record = await _line(process, "request")
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
    async with _process("worker.settings", settings) as process:
        assert (await _line(process, "working"))["service"] == "worker"
        record = await _line(process, "processed")
    row = await client.row("a.jpg")
    assert (record["tenant"], record["image"], record["outcome"]) == ("demo", "a.jpg", "Ok")
    assert (record["revision"], record["attempt"], record["request_id"]) == (1, 1, "mine-2")
    assert (record["tenant_id"], record["image_id"]) == (row.tenant_id, row.id)
    assert record["seconds"] > 0
    assert row.status == "Ok"
