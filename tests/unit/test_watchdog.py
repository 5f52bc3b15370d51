"""A process whose event loop does not turn any more ends; one that was only suspended goes on."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from asyncio.subprocess import Process

from shared.watchdog import STUCK_EXIT_CODE
from tests.client import eventually

STUCK_S = 2
PROGRAM = f"""
import asyncio, sys, time
from shared import watchdog

watchdog.BEAT_S, watchdog.STUCK_S, watchdog.LOOK_S = 0.1, {STUCK_S}, 0.5

async def main():
    watchdog.end_when_stuck(watchdog.Heartbeat())
    print("beating", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    print("turning", flush=True)
    time.sleep(3600)

asyncio.run(main())
"""


async def _begin() -> Process:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"beating\n"
    return process


async def test_a_stuck_process_ends_and_says_where_it_was() -> None:
    process = await _begin()
    output, errors = await asyncio.wait_for(process.communicate(b"\n"), 60)
    assert output == b"turning\n"
    assert process.returncode == STUCK_EXIT_CODE
    assert b"in main" in errors


async def test_a_process_that_was_suspended_goes_on() -> None:
    process = await _begin()
    os.kill(process.pid, signal.SIGSTOP)
    stopped_at = time.monotonic()

    async def is_long_ago() -> bool:
        return time.monotonic() - stopped_at > 2 * STUCK_S

    await eventually(is_long_ago)
    os.kill(process.pid, signal.SIGCONT)
    output, _ = await asyncio.wait_for(process.communicate(b"\n"), 60)
    assert output == b"turning\n"
    assert process.returncode == STUCK_EXIT_CODE
