"""The text of a watermark as the command line takes it: what can be drawn, or why not."""

import typer

from worker.imaging.watermark import undrawable

MAX_CHARACTERS = 100


def watermark_of(text: str | None) -> str | None:
    """Return a text that can be drawn, blanks joined; None for none."""
    words = " ".join((text or "").split())
    if len(words) > MAX_CHARACTERS:
        raise typer.BadParameter(
            f"The text has {len(words)} characters; {MAX_CHARACTERS} are enough.",
            param_hint="--watermark",
        )
    if missing := undrawable(words):
        raise typer.BadParameter(
            f"The font (Noto Sans) has no {missing!r}: Latin, Greek and Cyrillic can be drawn.",
            param_hint="--watermark",
        )
    return words or None
