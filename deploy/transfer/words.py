"""What is said about an image against what was asked to be said."""

from typing import Any

from deploy.transfer.entries import UNSAID, Words
from fototeca_client import Image

TOLD = ("title", "alt", "caption", "gravity")
"""What `select` must ask for."""


def changes_for(words: Words, image: Image, *, overwrite: bool) -> dict[str, Any]:
    """Return the PATCH that an image lacks: tags are added, texts set where there are none.

    With `overwrite`, texts that differ are set too.
    """
    changes: dict[str, Any] = {}
    if missing := [tag for tag in words.tags if tag not in image.tags]:
        changes["tags"] = [*image.tags, *missing]
    for name, text in words.texts.items():
        said = image.fields[name]
        if said != text and (overwrite or not said or said == UNSAID.get(name)):
            changes[name] = text
    return changes
