"""What the logs must never tell."""

import json

import pytest
import structlog

from shared.logging import configure_logging
from shared.settings import Settings


def test_tracebacks_hold_no_local_variables(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Settings(log_format="json"), service="test")
    try:
        _fail("ft1_a-secret-key")
    except ValueError:
        structlog.get_logger("test").exception("unexpected")
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert line["event"] == "unexpected"
    assert "a-secret-key" not in json.dumps(line)
    assert "_fail" in json.dumps(line)


def _fail(key: str) -> None:
    held = {"key": key}
    raise ValueError(len(held))
