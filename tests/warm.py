"""`fototeca` from an interpreter that has imported it: each command is a fork, not a start.

To start Python and to import what a command needs takes a second of processor time, the command
itself a few hundredths. Processes, outputs, exit codes and surroundings are as ever; that commands
start from nothing as well is for tests/integration/test_thumbnails_command.py and tests/faults.
"""

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

REQUEST_BYTES = 64 * 1024
_READERS = ThreadPoolExecutor(32, "reader")
"""Not the loop's own threads, of which there are six on two processors: the API that a command asks
may run in this process, and need them."""

NEEDED = (
    "deploy.backup",
    "deploy.cli.commands",
    "deploy.transfer.exports",
    "deploy.transfer.imports",
    "deploy.transfer.reprocessing",
    "shared.db.migrate",
    "shared.storage.s3",
)


async def run(
    arguments: list[str], environment: Mapping[str, str], *, within_s: float
) -> tuple[int, str, str]:
    """Run a command to its end; give its exit code and what it printed on its two outputs."""
    pipes = [os.pipe() for _ in range(3)]
    request = json.dumps({"arguments": arguments, "environment": dict(environment)})
    socket.send_fds(_interpreter(), [request.encode()], [theirs for _, theirs in pipes])
    for _, theirs in pipes:
        os.close(theirs)
    loop = asyncio.get_running_loop()
    reading = asyncio.gather(*(loop.run_in_executor(_READERS, _all_of, ours) for ours, _ in pipes))
    output, errors, code = await asyncio.wait_for(reading, within_s)
    assert code, f"{arguments} was killed: {errors}"
    return int(code), output, errors


def _all_of(descriptor: int) -> str:
    with os.fdopen(descriptor, encoding="utf-8") as file:
        return file.read()


@cache
def _interpreter() -> socket.socket:
    """Start it; it ends when it hears nothing of this process any more."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__).resolve())],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(sys.path), "LC_ALL": "C.UTF-8"},
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def _serve() -> None:
    for name in NEEDED:
        __import__(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks what became of them
    with socket.socket(fileno=os.dup(0)) as requests:
        while True:
            request, descriptors, _, _ = socket.recv_fds(requests, REQUEST_BYTES, 3)
            if not request:
                return
            if os.fork() == 0:
                requests.close()
                _be(request, descriptors)
            for descriptor in descriptors:
                os.close(descriptor)


def _be(request: bytes, descriptors: list[int]) -> None:
    """Be the command, and say at the end with which code it ends."""
    from deploy.cli.main import main  # noqa: PLC0415 -- imported long ago

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    told = json.loads(request)
    output, errors, code = descriptors
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, descriptor in enumerate((nothing, output, errors)):
        os.dup2(descriptor, target)
        os.close(descriptor)
    os.set_inheritable(code, False)
    os.environ.clear()
    os.environ.update(told["environment"])
    sys.argv = ["fototeca", *told["arguments"]]
    try:
        main()
    except SystemExit as end:
        ended = end.code if isinstance(end.code, int) else int(end.code is not None)
    sys.stdout.flush()
    os.write(code, str(ended).encode())
    os._exit(ended)


if __name__ == "__main__":
    _serve()
