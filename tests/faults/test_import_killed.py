"""An import that is killed in its middle is repeated, and ends as if nothing had happened."""

import asyncio
import hashlib
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from fototeca_client import Fototeca
from tests.client import eventually, picture
from tests.faults.detached import PROGRAM, Detached, detached

FILES = 200
TIMEOUT_S = 120
IMPORT = [*PROGRAM, "import"]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Detached]:
    """A stack to import into."""
    with detached(tmp_path_factory.mktemp("stack") / "data") as running:
        yield running


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
async def test_an_import_is_repeated_after_its_death(
    how: signal.Signals, stack: Detached, tmp_path: Path
) -> None:
    environment, origin, key = stack.environment, stack.origin, stack.key
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
        output, _ = await asyncio.wait_for(process.communicate(), TIMEOUT_S)
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
        output, _ = await asyncio.wait_for(again.communicate(), TIMEOUT_S)
        assert again.returncode == 0, output.decode()
        images = [image async for image in library.list(filter=of_test, select=["sha256", "uid"])]
    assert {image.reference: image.fields["sha256"] for image in images} == hashes
    assert {image.tags for image in images} == {(how.name,)}
    assert len(images) == FILES
