"""Runs a program of another's beside the service, which this process serves meanwhile."""

import asyncio
import os
from asyncio.subprocess import PIPE
from pathlib import Path

HERE = Path(__file__).parent
TIMEOUT_S = 60.0


async def run_node(node_modules: Path, script: str, given: bytes) -> bytes:
    """Run a script with the installed packages; return what it printed."""
    return await _run(["node", str(HERE / script)], given, {"NODE_PATH": str(node_modules)})


async def run_python(python: Path, script: str, given: bytes, *args: str) -> bytes:
    """Run a script with the environment's interpreter; return what it printed."""
    return await _run([str(python), "-I", str(HERE / script), *args], given, {})


async def _run(command: list[str], given: bytes, variables: dict[str, str]) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env={**os.environ, **variables}
    )
    try:
        async with asyncio.timeout(TIMEOUT_S):
            out, err = await process.communicate(given)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, err.decode()[-2000:]
    return out
