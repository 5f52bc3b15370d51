"""Links: uses of an image by something elsewhere, named `provider:id`."""

import re
from dataclasses import dataclass
from datetime import datetime

from shared.domain.errors import InvalidInputError
from shared.domain.reference import check_text

MAX_ID_CHARACTERS = 255

_PROVIDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True, order=True)
class LinkName:
    """Which system, and what it calls the thing that uses the image; kept as they were sent."""

    provider: str
    id: str

    def __str__(self) -> str:
        """Return `provider:id`."""
        return f"{self.provider}:{self.id}"


FIRST = LinkName("", "")
"""Before every name."""


@dataclass(frozen=True, slots=True)
class Link:
    """One use; `url` is where a person finds it, `label` what a person calls it."""

    name: LinkName
    url: str | None
    label: str | None
    created_on: datetime


def parse_link_name(text: str, noun: str = "link") -> LinkName:
    """Read `provider:id`, the name of a `noun`; the id may hold colons itself."""
    provider, colon, name = text.partition(":")
    if not colon:
        raise InvalidInputError(f"A {noun} is named provider:id.", field=noun)
    return LinkName(check_provider(provider, noun), check_id(name, noun))


def check_provider(text: str, noun: str = "link") -> str:
    """Return the first part of a name, or refuse it."""
    if not _PROVIDER.fullmatch(text):
        raise InvalidInputError(
            f"A {noun} is named provider:id; the provider has 1 to 64 letters, digits, dots, "
            "dashes and underscores, and begins with a letter or digit.",
            field=noun,
        )
    return text


def check_id(text: str, noun: str = "link") -> str:
    """Return the second part of a name, or refuse it."""
    if not 1 <= len(text) <= MAX_ID_CHARACTERS:
        raise InvalidInputError(
            f"The id of a {noun} has 1 to {MAX_ID_CHARACTERS} characters.", field=noun
        )
    return check_text(text, noun)
