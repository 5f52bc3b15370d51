"""The service's processes as a supervisor starts them, and what they write."""

import asyncio
import os
import signal
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from pydantic import SecretStr

from deploy.embedded.ports import choose_embedded
from shared.settings import Settings

STOP_S = 60
START_S = 90


def with_port(settings: Settings) -> Settings:
    """Return settings with a port that is free, to be known before anything listens there.

    It is none of those that the system gives away meanwhile to whoever asks for any.
    """
    return settings.model_copy(update=choose_embedded(("port",), {}))


def environment(settings: Settings) -> dict[str, str]:
    """Return the settings as the service finds them."""
    names = {"aws_access_key_id", "aws_secret_access_key", "aws_region"}
    told = {"PATH": os.environ["PATH"]}
    for name, value in settings:
        if value is not None and not isinstance(value, bool):
            plain = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            told[name.upper() if name in names else f"FOTOTECA_{name.upper()}"] = plain
    return told


@asynccontextmanager
async def service_process(
    module: str, settings: Settings, before: str = "pass"
) -> AsyncIterator[Process]:
    """Run a module's `main`, and end it as a supervisor does, if it has not ended by then.

    `before` is a statement that runs in it first.
    """
    code = f"from {module} import main; from shared.settings import Settings; {before}"
    code += "\nif __name__ == '__main__': main(Settings())"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=subprocess.PIPE, env=environment(settings)
    )
    try:
        yield process
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(STOP_S):
                assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def line_of(process: Process, event: str) -> dict[str, Any]:
    """Read on to the line of an event; every line on the way is JSON."""
    assert process.stdout is not None
    async with asyncio.timeout(START_S):
        while True:
            record: dict[str, Any] = orjson.loads(await process.stdout.readline())
            assert {"event", "level", "timestamp", "service"} <= record.keys(), record
            if record["event"] == event:
                return record
