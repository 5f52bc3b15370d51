"""A backup of one library becomes another stack's, from the first byte to the last."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.embedded.place import choose_place
from deploy.embedded.stackfile import load_environment
from tests.client import Client, picture
from tests.commands import fototeca
from tests.faults.detached import call
from worker.settings import Parts


@pytest.fixture
async def bare(tmp_path: Path) -> AsyncIterator[Path]:
    """A stack without a tenant, by its data folder."""
    data = tmp_path / "data"
    code, lines = await call(data, "up", "--detach", "--bare")
    try:
        assert code == 0, lines
        assert "fototeca restore DIR" in lines
        yield data
    finally:
        await call(data, "down")
        shutil.rmtree(choose_place(data).servers)


async def test_a_backup_restores_into_an_empty_stack(
    client: Client, parts: Parts, bare: Path, tmp_path: Path
) -> None:
    row = await client.put_ok(parts, "ä b.jpg", picture())
    await client.put("waits.jpg", picture(shade=7))
    folder = tmp_path / "backup"
    code, _, errors = await fototeca(client.service.library.settings, "backup", folder)
    assert code == 0, errors

    code, lines = await call(bare, "fsck")
    assert (code, lines.partition(",")[0]) == (0, "clean: 0 objects")
    code, lines = await call(bare, "restore", str(folder))
    assert code == 0, lines
    code, lines = await call(bare, "fsck", "--deep")
    assert code == 0, lines
    assert lines.startswith("clean:")
    for command in (("down",), ("up", "--detach")):
        code, lines = await call(bare, *command)
        assert code == 0, lines
    origin = f"http://127.0.0.1:{load_environment(bare)['FOTOTECA_PORT']}"
    async with client.service.session.get(
        f"{origin}/images", headers={"X-API-KEY": client.key}
    ) as answer:
        images = {image["reference"]: image for image in (await answer.json())["value"]}
    assert set(images) == {"ä b.jpg", "waits.jpg"}
    async with client.service.session.get(images["ä b.jpg"]["originalUrl"]) as answer:
        data = await answer.read()
    assert data == picture()
    assert len(data) == row.size_in_bytes
    code, lines = await call(bare, "fsck", "--deep")
    assert code == 0, lines
