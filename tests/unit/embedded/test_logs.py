"""Logs stay bounded, and only what matters is shown, in short lines."""

import json
from pathlib import Path

import pytest

from deploy.embedded import logs
from deploy.embedded.logs import Log, shorten


def _entry(level: str, event: str = "stalled", **fields: str) -> str:
    return json.dumps({"event": event, "level": level, "timestamp": "now", **fields})


def test_warnings_are_shown_with_their_fields() -> None:
    assert shorten("worker", _entry("warning", image="7")) == "worker: stalled image=7"


def test_what_goes_well_is_not_shown() -> None:
    assert shorten("worker", _entry("info")) == ""


def test_what_a_crash_prints_is_shown() -> None:
    assert shorten("api", "MemoryError") == "api: MemoryError"


def test_only_news_is_shown_and_only_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "worker.log"
    path.write_text(_entry("error", "old") + "\n")
    log = Log("worker", path)
    with path.open("a") as file:
        file.write(_entry("error", "new") + "\n" + '{"event": "half')
    assert list(log.news()) == ["worker: new"]
    assert list(log.news()) == []


def test_a_flood_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "worker.log"
    log = Log("worker", path)
    path.write_text((_entry("error") + "\n") * 50)
    lines = list(log.news())
    assert len(lines) == logs.MAX_SHOWN + 1
    assert "45 more lines" in lines[-1]


def test_a_log_that_has_grown_is_moved_aside_under_its_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MAX_BYTES", 100)
    path = tmp_path / "worker.log"
    log = Log("worker", path)
    with path.open("a") as writer:
        writer.write("x" * 101 + "\n")
        writer.flush()
        log.bound()
        writer.write(_entry("error", "after") + "\n")
    assert path.with_name("worker.log.1").stat().st_size == 102
    assert list(log.news()) == ["worker: after"]
