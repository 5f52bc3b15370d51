"""Locales: the one place that says which tags and which HTML are taken, and that writes them."""

import asyncio
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from html import unescape

import nh3
from langcodes import standardize_tag, tag_is_valid
from uuid_utils.compat import uuid7

from shared.domain.errors import InvalidInputError
from shared.domain.image import Image
from shared.domain.locale import Saying
from shared.domain.marks import without_piles
from shared.usecases.editorial.locales_ports import LocaleStatements

MAX_WORDS_CHARACTERS = 100_000
"""Of an image's locales together, for the search: what comes behind is not found by it."""

MAX_MARKS = 1_000
"""Of an HTML text: to read twenty thousand characters of little else takes seconds."""

BLOCKS = frozenset({"p", "br", "ul", "ol", "li", "blockquote"})
INLINE = frozenset({"a", "abbr", "b", "cite", "code", "em", "i", "q", "s", "small", "strong",
                    "sub", "sup", "u"})  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "abbr": {"title"}}
SCHEMES = {"http", "https", "mailto"}

_TAG = re.compile(r"[A-Za-z0-9]{1,8}(?:-[A-Za-z0-9]{1,8}){0,11}")
_MARK = re.compile(r'</?([a-z]+)(?:"[^"]*"|[^">])*>')
"""A tag, as `clean_html` writes it: what else looks like one is escaped there."""


def canonical_locale(text: str) -> str:
    """Return a BCP 47 tag in its canonical form (RFC 5646, section 4.5), or refuse it."""
    if _TAG.fullmatch(text) and tag_is_valid(text):
        return standardize_tag(text)
    raise InvalidInputError(
        f"{text[:40]!r} is no language tag of BCP 47, such as en, pt-BR or zh-Hant.", field="locale"
    )


@lru_cache(maxsize=1024)
def comparable(tag: str) -> str:
    """Return a tag's canonical form, so that `iw` finds `he`; what is none stays as it is."""
    return standardize_tag(tag) if _TAG.fullmatch(tag) and tag_is_valid(tag) else tag


def clean_html(html: str) -> str:
    """Return the HTML with nothing in it but text, `BLOCKS`, `INLINE`, and links to the web."""
    cleaned = nh3.clean(
        of_few_marks(html),
        tags={*BLOCKS, *INLINE},
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    return of_few_marks(cleaned)


def of_few_marks(html: str) -> str:
    """Return HTML, or refuse it: what was opened in one paragraph is opened anew in each other."""
    if html.count("<") > MAX_MARKS:
        raise InvalidInputError(f"This has over {MAX_MARKS:,} tags: write it with fewer.")
    return html


async def write_locales(
    statements: LocaleStatements, image: Image, sayings: Sequence[Saying], *, is_change: bool
) -> None:
    """Have an image, whose row is locked, say this and nothing else; kept locales keep their id.

    Unless the image is new, that `is_change`: its row version and its time move.
    """
    owner = (image.tenant_id, image.id)
    await statements.keep_image_locales(*owner, [saying.locale for saying in sayings])
    for saying in sayings:
        await statements.put_image_locale(*owner, uuid7(), saying)
    words = await asyncio.to_thread(_words, sayings)  # of very much HTML it takes a second
    await statements.set_locale_words(*owner, words, is_change=is_change)


def _words(sayings: Sequence[Saying]) -> str | None:
    """Return what the search looks into: credits and captions, without marks."""
    texts = [f"{saying.credit or ''} {plain_text(saying.caption_html or '')}" for saying in sayings]
    words = without_piles(" ".join(texts))[:MAX_WORDS_CHARACTERS]
    words = unicodedata.normalize("NFKD", words)[:MAX_WORDS_CHARACTERS]
    return words if words.strip() else None


def plain_text(html: str) -> str:
    """Return the text of clean HTML, without marks, a blank where a block begins or ends."""
    return " ".join(unescape(_MARK.sub(_blank_or_nothing, html)).split())


def _blank_or_nothing(mark: re.Match[str]) -> str:
    return " " if mark[1] in BLOCKS else ""
