"""`fototeca thumbnails`, run as a program."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.imaging.drawing import encoded, noise, png, quarters
from worker.imaging.model import SUFFIXES
from worker.imaging.stopwatch import STEPS

COMMAND = [sys.executable, "-P", "-m", "deploy.cli", "thumbnails"]
SLOW = png(13_000, 13_000, (b"\0" + b"\x7f" * 13_000) * 13_000, color=0)


def run(*arguments: str | Path) -> tuple[int, list[dict[str, Any]], str]:
    """Return status, the lines that were printed, and what was said on standard error."""
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "photo.jpg").write_bytes(encoded(quarters(900, 600), "JPEG"))
    (tmp_path / "photo.png").write_bytes(encoded(quarters(90, 60), "PNG"))
    (tmp_path / "photo.gif").write_bytes(encoded(quarters(9, 6), "GIF"))
    (tmp_path / "text.jpg").write_text("not a picture")
    (tmp_path / "short.png").write_bytes(encoded(noise(90, 60), "PNG")[:-500])
    return tmp_path


def test_a_line_for_each_file_in_order(folder: Path) -> None:
    names = ["photo.jpg", "text.jpg", "none.jpg", "short.png", "photo.png"]
    status, lines, _ = run(*(folder / name for name in names), "--out", folder / "out")
    assert status == 1
    assert [line["file"] for line in lines] == [str(folder / name) for name in names]
    assert [(line["status"], line["statusReason"], line["fileType"]) for line in lines] == [
        ("Ok", None, "jpg"),
        ("Er", "unsupported_format", None),
        ("Er", "not_found", None),
        ("Er", "truncated", "png"),
        ("Ok", None, "png"),
    ]
    assert (lines[0]["width"], lines[0]["height"]) == (900, 600)
    assert (lines[1]["width"], lines[1]["outputs"]) == (0, [])
    assert all(line["ms"] >= 0 and "statusDetail" in line for line in lines)


def test_thumbnails_are_named_after_their_files(folder: Path) -> None:
    out = folder / "deep" / "out"
    status, (line,), _ = run(folder / "photo.jpg", "--out", out)
    assert status == 0
    expected = [out / f"photo_{suffix}.jpg" for suffix in SUFFIXES]
    assert [Path(path) for path in line["outputs"]] == expected
    assert sorted(out.iterdir()) == sorted(expected)


def test_files_of_one_stem_do_not_overwrite_each_other(folder: Path) -> None:
    files = [folder / "photo.png", folder / "photo.gif", folder / "photo.jpg", folder / "photo.png"]
    status, lines, _ = run(*files, "--out", folder / "out")
    assert status == 0
    firsts = [Path(line["outputs"][0]).name for line in lines]
    assert firsts == ["photo_TH.png", "photo-2_TH.png", "photo_TH.jpg", "photo-3_TH.png"]
    assert len(list((folder / "out").iterdir())) == 16


def test_a_name_as_long_as_names_can_be(folder: Path) -> None:
    long = folder / ("a" * 250 + ".png")
    long.write_bytes((folder / "photo.png").read_bytes())
    status, lines, _ = run(long, folder / "photo.png", "--out", folder / "out")
    assert status == 0
    assert all(Path(path).exists() for line in lines for path in line["outputs"])


@pytest.mark.parametrize(
    "arguments", [[], ["--out", "x"], ["photo.jpg"], ["x", "--out", "text.jpg"]]
)
def test_wrong_calls_end_with_two(
    arguments: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    status, lines, said = run(*arguments)
    assert (status, lines) == (2, [])
    assert "Usage" in said


def test_settings_count(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOTOTECA_MAX_PIXELS", "1000")
    monkeypatch.setenv("FOTOTECA_THUMBNAIL_SIZES_PX", "3,4,5")
    status, lines, _ = run(folder / "photo.jpg", folder / "photo.gif", "--out", folder / "out")
    assert status == 1
    assert [line["statusReason"] for line in lines] == ["too_many_pixels", None]
    sizes = [Path(path).read_bytes()[16:24] for path in lines[1]["outputs"]]
    assert [size[3] for size in sizes] == [3, 4, 5, 6]


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let children heed SIGINT, also where this process was started to ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_control_c_ends_it_and_leaves_nothing(folder: Path) -> None:
    (folder / "slow.png").write_bytes(SLOW)
    arguments = [folder / "photo.jpg", *[folder / "slow.png"] * 6, "--out", folder / "out"]
    with subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["status"] == "Ok"
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, b"")
    names = {path.name for path in (folder / "out").iterdir()}
    assert names == {f"photo_{suffix}.jpg" for suffix in SUFFIXES}


def test_a_profile_tells_the_time_of_each_step(folder: Path) -> None:
    files = [folder / "photo.jpg", folder / "text.jpg"]
    marked = ("--watermark", "© Agency", "--profile")
    _, (good, bad), _ = run(*files, "--out", folder / "out", *marked)
    assert list(good["steps"]) == list(STEPS)
    assert {Path(made).stem for made in good["outputs"]} >= {"photo_WMM", "photo_WMP"}
    assert min(good["steps"].values()) >= 0
    assert 0 < sum(good["steps"].values()) < good["ms"]
    assert bad["steps"] == {}


def test_steps_are_told_only_where_they_are_asked_for(folder: Path) -> None:
    _, (line,), _ = run(folder / "photo.jpg", "--out", folder / "out")
    assert "steps" not in line
