"""Files are closed whatever happens to those who open them."""

import asyncio
import os
from pathlib import Path

import pytest

from shared.opening import opened
from tests.client import eventually


async def test_a_file_is_closed_though_its_opener_is_cancelled_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)

    async def read() -> None:
        async with opened(path, "rb"):
            pytest.fail("nobody has written yet, so it cannot be open")

    reading = asyncio.create_task(read())
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    with await asyncio.to_thread(path.open, "wb", 0) as pipe:

        async def is_closed() -> bool:
            try:
                pipe.write(b"x")
            except BrokenPipeError:
                return True
            return False

        await eventually(is_closed)
