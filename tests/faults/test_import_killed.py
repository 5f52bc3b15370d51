"""An import that is killed in its middle is repeated, and ends as if nothing had happened."""

import asyncio
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded.place import choose_place
from fototeca_client import Fototeca
from tests.client import eventually, picture

FILES = 200
PATIENCE_S = 120
IMPORT = [sys.executable, "-P", "-m", "deploy.cli", "import"]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, str], str, str]]:
    """Start a stack as users do; give the environment of its commands, its address and a key."""
    data = tmp_path_factory.mktemp("stack") / "data"
    environment = os.environ | {"FOTOTECA_DATA_DIR": str(data), "COLUMNS": "200"}
    program = [sys.executable, "-P", "-m", "deploy.cli"]
    started = subprocess.run(
        [*program, "up", "--detach"], env=environment, capture_output=True, text=True, check=False
    )
    try:
        assert started.returncode == 0, started.stdout + started.stderr
        origin = re.search(r"http://127\.0\.0\.1:\d+", started.stdout)
        assert origin is not None
        yield environment, origin[0], (data / "demo.key").read_text().strip()
    finally:
        subprocess.run([*program, "down"], env=environment, check=True, capture_output=True)
        shutil.rmtree(choose_place(data).servers)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
async def test_an_import_is_repeated_after_its_death(
    how: signal.Signals, stack: tuple[dict[str, str], str, str], tmp_path: Path
) -> None:
    environment, origin, key = stack
    hashes = {}
    for number in range(FILES):
        name = f"{how.name}-{number:03}.jpg"
        data = picture(48 + number, 40, shade=number)
        (tmp_path / name).write_bytes(data)
        hashes[name] = hashlib.sha256(data).hexdigest()
    of_test = f"startswith(reference, '{how.name}')"
    async with Fototeca(origin, key) as library:
        process = await asyncio.create_subprocess_exec(
            *IMPORT, str(tmp_path), "--tag", how.name, env=environment, stdout=subprocess.PIPE
        )

        async def some() -> bool:
            return await library.count(filter=of_test) >= FILES // 4

        await eventually(some, within_s=60)
        process.send_signal(how)
        output, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
        sent = await library.count(filter=of_test)
        assert FILES // 4 <= sent < FILES
        if how is signal.SIGINT:
            assert process.returncode == 130
            assert b"not described" in output
        else:
            assert process.returncode == -signal.SIGKILL

        again = await asyncio.create_subprocess_exec(
            *IMPORT, str(tmp_path), "--tag", how.name, env=environment, stdout=subprocess.PIPE
        )
        output, _ = await asyncio.wait_for(again.communicate(), PATIENCE_S)
        assert again.returncode == 0, output.decode()
        images = [image async for image in library.list(filter=of_test, select=["sha256", "uid"])]
    assert {image.reference: image.fields["sha256"] for image in images} == hashes
    assert {image.tags for image in images} == {(how.name,)}
    assert len(images) == FILES
