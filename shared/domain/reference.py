"""References: the file names by which a tenant knows its images."""

import re
import unicodedata
from typing import NewType

from shared.domain.errors import InvalidInputError

Reference = NewType("Reference", str)

MAX_CHARACTERS = 255
MOST_PARTS = 4
"""Of which NFC makes one character: what is longer for it need not be normalized, which is slow."""

_CONTROLS_AND_SURROGATES = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""The categories Cc and Cs."""


def parse_reference(text: str) -> Reference:
    """Return `text` in NFC, or say which rule it breaks (1 to 255 characters, no controls)."""
    if len(text) > MAX_CHARACTERS * MOST_PARTS:
        raise _too_long(text)
    name = unicodedata.normalize("NFC", text)
    if not name:
        raise InvalidInputError("The reference is empty: name the image.", field="reference")
    if len(name) > MAX_CHARACTERS:
        raise _too_long(name)
    return Reference(check_text(name, "reference"))


def _too_long(name: str) -> InvalidInputError:
    return InvalidInputError(
        f"The reference has {len(name)} characters; at most {MAX_CHARACTERS} are allowed.",
        field="reference",
    )


def check_text(text: str, field: str) -> str:
    """Return `text`, or refuse what no text may hold: controls and half surrogates."""
    if refused := _CONTROLS_AND_SURROGATES.search(text):
        raise InvalidInputError(
            f"The {field} has the character U+{ord(refused[0]):04X} at position {refused.start()}; "
            "control characters and lone surrogates are not allowed.",
            field=field,
        )
    return text
