"""What is known of a photograph, in one language: what editors wrote, else what its file says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared.domain.errors import InvalidInputError, NotFoundError
from shared.domain.image import Image, Tenant
from shared.domain.language import is_range, lookup
from shared.domain.locale import ImageLocale
from shared.domain.metadata import DEFAULT, Languages, Metadata, default_text
from shared.usecases.editorial.locales import comparable, plain_text
from shared.usecases.ports import Database

DEFAULT_LANGUAGE = "en-us"


@dataclass(frozen=True, slots=True)
class Editorial:
    """An image with its texts in the language that was asked for; what is unknown is empty."""

    image: Image
    metadata: Metadata
    title: str
    caption: str
    credit_line: str
    copyright: str
    restrictions: Sequence[str]
    keywords: Sequence[str]


@dataclass(frozen=True, slots=True)
class Editorials:
    """Looks images up by their number, as the wire services do."""

    database: Database

    async def show(self, tenant: Tenant, image_id: int, language: str) -> Editorial:
        """Return what is known of an image."""
        if not is_range(language):
            raise InvalidInputError(
                f"{language[:40]!r} is no language tag such as en-us or de.", field="language"
            )
        image = await self.database.image_by_id(tenant.id, image_id)
        if image is None or image.deleted_at is not None:
            raise NotFoundError(f"There is no image {image_id}.")
        return editorial_of(image, await self.database.locales_of(tenant.id, image_id), language)


def editorial_of(image: Image, locales: Sequence[ImageLocale], language: str) -> Editorial:
    """Choose for each text: an editor's in the language, the file's in it, then the default.

    What nobody says so, any locale may say.
    """
    told: Metadata = image.metadata or {}
    captions = {each.locale: each.caption_html for each in locales if each.caption_html}
    credit_lines = {each.locale: each.credit for each in locales if each.credit}
    return Editorial(
        image=image,
        metadata=told,
        title=_title(image, told, language),
        caption=plain_text(_said(captions, language))
        or _caption(image, told, language)
        or plain_text(_by_default(captions)),
        credit_line=_said(credit_lines, language)
        or told.get("creditLine")
        or _by_default(credit_lines),
        copyright=_in(told.get("copyright"), language),
        restrictions=_restrictions(told, language),
        keywords=_distinct([*told.get("keywords", []), *image.tags]),
    )


def _title(image: Image, told: Metadata, language: str) -> str:
    """An editor's, else the headline (IPTC), else the file's title in the language."""
    if image.title and image.title != default_text(told, "title"):
        return image.title
    return told.get("headline") or _in(told.get("title"), language) or image.title or ""


def _caption(image: Image, told: Metadata, language: str) -> str:
    """What editors wrote for all languages; else the file's in the language."""
    if image.caption and image.caption != default_text(told, "caption"):
        return image.caption
    return _in(told.get("caption"), language) or image.caption or ""


def _said(texts: Languages, language: str) -> str:
    """Return what a locale says, of those that say something; empty where none fits."""
    chosen = _fitting(language, texts)
    return "" if chosen is None else texts[chosen]


def _by_default(texts: Languages) -> str:
    """Return what is shown where nothing fits: in the default language, else the first."""
    return _said(texts, DEFAULT_LANGUAGE) or next(iter(texts.values()), "")


def _restrictions(told: Metadata, language: str) -> Sequence[str]:
    texts = [told.get("instructions", ""), _in(told.get("usageTerms"), language)]
    return _distinct([text for text in texts if text])


def _in(texts: Mapping[str, str] | None, language: str) -> str:
    """Return a text in the language, else in the default one."""
    if not texts:
        return ""
    return texts[_fitting(language, texts.keys() - {DEFAULT}) or DEFAULT]


def _fitting(language: str, tags: Iterable[str]) -> str | None:
    """Return the tag that fits best, whichever of its forms either is written in."""
    known = {comparable(tag): tag for tag in tags}
    found = lookup(comparable(language), known)
    return None if found is None else known[found]


def _distinct(texts: Sequence[str]) -> Sequence[str]:
    """Return each text once, whatever its case, in the order of its first."""
    return list({text.casefold(): text for text in reversed(texts)}.values())[::-1]
