"""Files in work vanish with their process, and only with it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from shared.scratch import PREFIX, Scratch

HOLDER = """
import asyncio, sys
from pathlib import Path
from shared.scratch import Scratch

async def main():
    async with Scratch(Path(sys.argv[1])).folder() as folder:
        (folder / "original").write_bytes(b"half")
        print(folder, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def _folders(parent: Path) -> list[Path]:
    return list(parent.glob(f"{PREFIX}*"))


def test_what_a_killed_process_left_is_cleared_by_the_next(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    ) as holder:
        assert holder.stdout is not None
        left = Path(holder.stdout.readline().decode().strip())
        Scratch(tmp_path).close()
        assert (left / "original").exists()
        holder.kill()
    Scratch(tmp_path).close()
    assert _folders(tmp_path) == []


async def test_processes_of_the_same_id_leave_each_others_files_alone(tmp_path: Path) -> None:
    """As in containers with one volume, where each process is number 1."""
    first = Scratch(tmp_path)
    async with first.folder() as folder:
        (folder / "original").write_bytes(b"whole")
        second = Scratch(tmp_path)
        async with second.folder() as other:
            assert other != folder
        second.close()
        assert (folder / "original").read_bytes() == b"whole"
    first.close()
    assert _folders(tmp_path) == []


@pytest.mark.parametrize("name", ["1-abc", "xyz"])
def test_a_folder_of_which_nobody_has_the_lock_is_cleared(name: str, tmp_path: Path) -> None:
    (tmp_path / f"{PREFIX}{name}" / "attempt").mkdir(parents=True)
    (tmp_path / "of others").mkdir()
    scratch = Scratch(tmp_path)
    assert len(_folders(tmp_path)) == 1
    assert (tmp_path / "of others").exists()
    scratch.close()


def test_what_is_not_ours_is_neither_followed_nor_cleared(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / f"{PREFIX}link").symlink_to(elsewhere)
    (tmp_path / f"{PREFIX}file").write_bytes(b"")
    Scratch(tmp_path).close()
    assert len(_folders(tmp_path)) == 2
    assert list(elsewhere.iterdir()) == []


def test_many_that_start_at_once_each_have_a_folder(tmp_path: Path) -> None:
    holders = [
        subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(tmp_path)],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for _ in range(6)
    ]
    try:
        folders = [Path(h.stdout.readline().decode().strip()) for h in holders if h.stdout]
        assert len(set(folders)) == 6
        assert all((folder / "original").exists() for folder in folders)
    finally:
        for holder in holders:
            holder.kill()
            holder.communicate()


def test_a_folder_that_was_cleared_away_is_made_anew(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    (root,) = tmp_path.iterdir()
    shutil.rmtree(root)
    folder = scratch.make()
    Scratch(tmp_path).close()
    assert folder.is_dir(), "it is locked, so it is in use"
    scratch.close()
    assert list(tmp_path.iterdir()) == []
