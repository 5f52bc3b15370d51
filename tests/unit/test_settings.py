"""The settings' table says what the code reads."""

from pathlib import Path

from deploy.settings_table import table

PAGE = Path(__file__).parents[2] / "deploy" / "settings.md"


def test_settings_page_is_what_the_code_reads() -> None:
    made_by = "python -m deploy.settings_table > deploy/settings.md"
    assert PAGE.read_text(encoding="utf-8") == table(), f"make it anew: {made_by}"
