"""Statements on what is said of images in each language."""

from collections.abc import Sequence
from uuid import UUID

from shared.db.executor import Executor
from shared.domain.locale import ImageLocale, Saying


class LocaleTable(Executor):
    """See `LocaleStatements`."""

    async def locales_of(self, tenant_id: int, image_id: int) -> list[ImageLocale]:
        rows = await self.rows("locales_of", tenant_id, image_id)
        return [ImageLocale(**dict(row)) for row in rows]

    async def put_image_locale(
        self, tenant_id: int, image_id: int, locale_id: UUID, saying: Saying
    ) -> None:
        said = (saying.locale, saying.credit, saying.caption_html)
        await self.rows("put_image_locale", tenant_id, image_id, locale_id, *said)

    async def keep_image_locales(
        self, tenant_id: int, image_id: int, locales: Sequence[str]
    ) -> None:
        await self.rows("keep_image_locales", tenant_id, image_id, list(locales))

    async def set_locale_words(
        self, tenant_id: int, image_id: int, words: str | None, *, is_change: bool
    ) -> None:
        await self.rows("set_locale_words", tenant_id, image_id, words, is_change)
