"""What people say of an image in one language, and what they call a category in it."""

from dataclasses import dataclass
from uuid import UUID

MAX_LOCALES = 50
"""Of one image or category."""


@dataclass(frozen=True, slots=True)
class Saying:
    """What is said in one locale, a canonical BCP 47 tag; the caption is HTML without dangers."""

    locale: str
    credit: str | None
    caption_html: str | None


@dataclass(frozen=True, slots=True)
class ImageLocale:
    """A saying that is kept."""

    id: UUID
    locale: str
    credit: str | None
    caption_html: str | None
