"""Whatever is killed while uploads are open and images wait: what was acknowledged becomes Ok."""

import asyncio
import hashlib
import json
import os
import signal
import struct
import time
import zlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession, ClientTimeout

from tests.faults.detached import detached

WAITING, OPEN = 38, 12
WIDTH_PX, HEIGHT_PX, NOISY_ROWS = 4000, 4000, 430
TIMEOUT_S = 180.0


@dataclass
class Stack:
    """A local stack, run by `fototeca up` as a user would."""

    data: Path
    origin: str
    key: str

    def pid(self, name: str) -> int:
        """Return the process of that name; `decoder` is a child of the worker."""
        if name == "decoder":
            return self.decoders()[0]
        return int(json.loads((self.data / "processes.json").read_text())[name]["pid"])

    def decoders(self) -> list[int]:
        """Return the children of the worker."""
        children = Path(f"/proc/{self.pid('worker')}/task").glob("*/children")
        return [int(pid) for path in children for pid in path.read_text().split()]

    def kill(self, name: str) -> None:
        """End a process as a crash would."""
        os.kill(self.pid(name), signal.SIGKILL)


@dataclass
class Load:
    """Uploads under way: those sent whole, and those that stop in the middle until told."""

    stack: Stack
    session: ClientSession
    hashes: dict[str, str] = field(default_factory=dict)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    halfway: int = 0

    async def upload(self, name: str, data: bytes, *, pause: bool) -> None:
        """Upload once; only a 2xx counts."""

        async def body() -> AsyncIterator[bytes]:
            yield data[: len(data) // 2]
            if pause:
                self.halfway += 1
                await self.go_on.wait()
            yield data[len(data) // 2 :]

        try:
            async with self.session.put(
                f"{self.stack.origin}/images({name})", data=body()
            ) as answer:
                if answer.ok:
                    self.hashes[name] = hashlib.sha256(data).hexdigest()
        except ClientError:
            return

    async def states(self) -> dict[str, tuple[str, str | None]]:
        """Return status and hash of the images that exist, by name."""
        query = {"$select": "reference,status,sha256", "$top": "100", "$orderby": "id desc"}
        async with self.session.get(f"{self.stack.origin}/images", params=query) as answer:
            answer.raise_for_status()
            rows = (await answer.json())["value"]
        return {row["reference"]: (row["status"], row["sha256"]) for row in rows}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Start a stack of its own, in the background."""
    with detached(tmp_path_factory.mktemp("stack") / "data") as running:
        yield Stack(running.data, running.origin, running.key)


@pytest.mark.parametrize("victim", ["worker", "decoder", "valkey", "api", "s3", "postgres"])
async def test_acknowledged_uploads_become_ok_whatever_is_killed(stack: Stack, victim: str) -> None:
    pictures = _pictures(victim)
    timeout = ClientTimeout(total=300)
    async with ClientSession(headers={"X-API-KEY": stack.key}, timeout=timeout) as session:
        load = Load(stack, session)
        sent = [
            asyncio.create_task(load.upload(name, data, pause=index < OPEN))
            for index, (name, data) in enumerate(pictures.items())
        ]
        await _until(lambda: _is_busy(load, victim), "10 images Up and 5 uploads open")
        stack.kill(victim)
        killed = time.monotonic()
        load.go_on.set()
        await asyncio.gather(*sent)
        assert len(load.hashes) >= 10, "too few uploads were acknowledged to tell"
        await _until(lambda: _all_ok(load), f"every acknowledged upload Ok after {victim} died")
        took = time.monotonic() - killed
        print(f"{victim}: {len(load.hashes)} acknowledged, Ok {took:.1f} s on")  # noqa: T201
        for name, sha256 in load.hashes.items():
            assert await _served_hash(load, name) == sha256, name


async def _is_busy(load: Load, victim: str) -> bool:
    states = await load.states()
    up = sum(name.startswith(victim) and state[0] == "Up" for name, state in states.items())
    is_loaded = up >= 10 and load.halfway >= 5 and len(load.hashes) >= 10
    return is_loaded and (victim != "decoder" or bool(load.stack.decoders()))


async def _all_ok(load: Load) -> bool:
    states = await load.states()
    wrong = {
        name: states[name]
        for name, sha256 in load.hashes.items()
        if states.get(name, ("absent", None)) != ("Ok", sha256)
    }
    assert not any(state[0] in {"Er", "absent"} for state in wrong.values()), wrong
    return not wrong


async def _served_hash(load: Load, name: str) -> str:
    async with load.session.get(f"{load.stack.origin}/images({name})") as answer:
        url = (await answer.json())["originalUrl"]
    async with load.session.get(url) as answer:
        return hashlib.sha256(await answer.read()).hexdigest()


async def _until(condition: object, promise: str) -> None:
    assert callable(condition)
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        try:
            if await condition():
                return
        except ClientError:
            pass
        assert time.monotonic() < deadline, f"not within {TIMEOUT_S:g} s: {promise}"
        await asyncio.sleep(0.1)


def _pictures(prefix: str) -> dict[str, bytes]:
    """Make 50 pictures of over 5 MB each, all different."""
    noise = b"".join(b"\0" + os.urandom(WIDTH_PX * 3) for _ in range(NOISY_ROWS))
    rows = noise + bytes((WIDTH_PX * 3 + 1) * (HEIGHT_PX - NOISY_ROWS))
    header = struct.pack(">IIBBBBB", WIDTH_PX, HEIGHT_PX, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header)
    end = _chunk(b"IDAT", zlib.compress(rows, 1)) + _chunk(b"IEND", b"")
    return {
        f"{prefix}-{number}.png": start + _chunk(b"tEXt", b"n\0%d" % number) + end
        for number in range(WAITING + OPEN)
    }


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
