"""What is known of a photograph, in one language: what editors wrote, else what its file says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.domain.errors import InvalidInputError, NotFoundError
from shared.domain.image import Image, Tenant
from shared.domain.language import is_range, lookup
from shared.domain.locale import ImageLocale
from shared.domain.metadata import DEFAULT, Metadata, default_text
from shared.usecases.editorial.locales import plain_text
from shared.usecases.ports import Database


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
    """Choose for each text: an editor's in the language, the file's in it, then the default."""
    told: Metadata = image.metadata or {}
    said = {locale.locale: locale for locale in locales}
    chosen = lookup(language, said)
    locale = None if chosen is None else said[chosen]
    return Editorial(
        image=image,
        metadata=told,
        title=_title(image, told, language),
        caption=_caption(image, told, locale, language),
        credit_line=(locale and locale.credit) or told.get("creditLine", ""),
        copyright=_in(told.get("copyright"), language),
        restrictions=_restrictions(told, language),
        keywords=_distinct([*told.get("keywords", []), *image.tags]),
    )


def _title(image: Image, told: Metadata, language: str) -> str:
    """An editor's, else the headline (IPTC), else the file's title in the language."""
    if image.title and image.title != default_text(told, "title"):
        return image.title
    return told.get("headline") or _in(told.get("title"), language) or image.title or ""


def _caption(image: Image, told: Metadata, locale: ImageLocale | None, language: str) -> str:
    """A locale's; else what editors wrote for all languages; else the file's in the language."""
    if locale is not None and locale.caption_html:
        return plain_text(locale.caption_html)
    if image.caption and image.caption != default_text(told, "caption"):
        return image.caption
    return _in(told.get("caption"), language) or image.caption or ""


def _restrictions(told: Metadata, language: str) -> Sequence[str]:
    texts = [told.get("instructions", ""), _in(told.get("usageTerms"), language)]
    return _distinct([text for text in texts if text])


def _in(texts: Mapping[str, str] | None, language: str) -> str:
    """Return a text in the language, else in the default one."""
    if not texts:
        return ""
    return texts[lookup(language, texts.keys() - {DEFAULT}) or DEFAULT]


def _distinct(texts: Sequence[str]) -> Sequence[str]:
    """Return each text once, whatever its case, in the order of its first."""
    return list({text.casefold(): text for text in reversed(texts)}.values())[::-1]
