"""What the locales of images need of Postgres."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from shared.domain.locale import ImageLocale, Saying


class LocaleStatements(Protocol):
    """What is said of images in each language."""

    async def locales_of(self, tenant_id: int, image_id: int) -> Sequence[ImageLocale]: ...
    async def put_image_locale(
        self, tenant_id: int, image_id: int, locale_id: UUID, saying: Saying
    ) -> None: ...
    async def keep_image_locales(
        self, tenant_id: int, image_id: int, locales: Sequence[str]
    ) -> None: ...
    async def set_locale_words(
        self, tenant_id: int, image_id: int, words: str | None, *, is_change: bool
    ) -> None: ...
