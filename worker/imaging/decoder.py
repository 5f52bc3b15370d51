"""One decoder process, seen from the parent: start it, give it one picture at a time, end it."""

import asyncio
import os
import signal
import socket
import sys
from dataclasses import dataclass
from subprocess import DEVNULL, Popen
from typing import BinaryIO, Self

from worker.imaging.errors import BadPicture, DecoderEnded
from worker.imaging.heap import TUNED
from worker.imaging.model import Recipe
from worker.imaging.report import EXIT_OUT_OF_MEMORY, Report, encode_recipe, read_answer

PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
START_TIMEOUT_S = 60
NOT_STARTED = (
    "A decoder process did not start. After an update packages may be missing: "
    "`make up` or a new container image brings them."
)
LONGEST_ANSWER_BYTES = 1024 * 1024
BLOCK_BYTES = 65536
REASONS = {-signal.SIGXCPU: "overspent", EXIT_OUT_OF_MEMORY: "too_large"}


@dataclass(frozen=True)
class Limits:
    """What one decoder may use, and how far it stands back for others (`nice`).

    Bytes of address space and of each output; seconds of wall clock and of processor per picture;
    pictures until a fresh process takes its place.
    """

    memory_bytes: int
    timeout_s: float
    cpu_s: int
    recycle_after: int = 100
    output_bytes: int = 256 * 1024 * 1024
    niceness: int = 0


class Decoder:
    """A child process and the socket to it, for one picture at a time.

    `pictures`: how many were begun so far.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._channel, theirs = socket.socketpair()
        self._channel.setblocking(False)
        try:
            self._process = Popen(
                _command(limits),
                stdin=theirs.fileno(),
                stdout=DEVNULL,
                env=environment(),
                start_new_session=True,
            )
        except BaseException:
            self._channel.close()
            raise
        finally:
            theirs.close()
        self.pictures = 0
        self._is_sound = True

    @classmethod
    async def start(cls, limits: Limits) -> Self:
        """Start a process and wait until it is confined. OSError if the machine cannot.

        It is started by the thread of the loop, whose end would be its end on Linux.
        """
        decoder = cls(limits)
        await decoder._wait_until_ready()
        return decoder

    @property
    def pid(self) -> int:
        """Of the child."""
        return self._process.pid

    @property
    def is_usable(self) -> bool:
        """Whether it lives, is in order, and has pictures left before it is replaced."""
        has_some_left = self.pictures < self._limits.recycle_after
        return self._is_sound and has_some_left and self._is_quiet()

    async def run(self, files: list[BinaryIO], recipe: Recipe) -> Report:
        """Make thumbnails from the first file into the others.

        Raises DecoderEnded, and what else `report.read_answer` does.
        """
        self.pictures += 1
        self._is_sound = False
        descriptors = [file.fileno() for file in files]
        try:
            async with asyncio.timeout(self._limits.timeout_s):
                await self._send(encode_recipe(recipe), descriptors)
                answer = await self._read_line()
        except TimeoutError:
            raise DecoderEnded("timeout") from None
        return self._read(answer, len(recipe.suffixes))

    def kill(self) -> None:
        """Kill the process; whoever waits for its answer learns of it."""
        self._process.kill()

    async def end(self) -> None:
        """Kill the process and wait until it is gone."""
        self.kill()
        self._channel.close()
        await self._returncode()

    def _read(self, answer: bytes, thumbnails: int) -> Report:
        try:
            report = read_answer(answer, thumbnails)
        except BadPicture:
            self._is_sound = True
            raise
        except (ValueError, KeyError, TypeError):
            raise DecoderEnded("crashed") from None
        self._is_sound = True
        return report

    async def _wait_until_ready(self) -> None:
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await self._read_line()
        except BaseException as error:
            await self.end()
            if isinstance(error, DecoderEnded | TimeoutError):
                raise OSError(NOT_STARTED) from error
            raise

    async def _send(self, line: bytes, descriptors: list[int]) -> None:
        try:
            socket.send_fds(self._channel, [line], descriptors)
        except (BrokenPipeError, ConnectionResetError):
            raise await self._obituary() from None

    async def _read_line(self) -> bytes:
        loop, line = asyncio.get_running_loop(), b""
        while not line.endswith(b"\n"):
            try:
                received = await loop.sock_recv(self._channel, BLOCK_BYTES)
            except ConnectionResetError:
                received = b""
            if not received or len(line) > LONGEST_ANSWER_BYTES:
                raise await self._obituary()
            line += received
        return line

    async def _obituary(self) -> DecoderEnded:
        self._channel.close()
        return DecoderEnded(REASONS.get(await self._returncode(), "crashed"))

    async def _returncode(self) -> int:
        return await asyncio.to_thread(self._process.wait)

    def _is_quiet(self) -> bool:
        """Whether the child neither hung up nor says anything unasked."""
        try:
            self._channel.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False


def _command(limits: Limits) -> list[str]:
    return [
        *(sys.executable, "-P", "-m", "worker.imaging.child"),
        *("--parent", str(os.getpid())),
        *("--memory-bytes", str(limits.memory_bytes)),
        *("--output-bytes", str(limits.output_bytes)),
        *("--cpu-s", str(limits.cpu_s)),
        *("--niceness", str(limits.niceness)),
    ]


def environment() -> dict[str, str]:
    """Return what a child is told: where programs and modules are, how memory lies, no secret."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return kept | TUNED | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
