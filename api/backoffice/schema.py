"""The contract's bodies, with its own names."""

import re
from collections.abc import Callable
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from shared.domain.errors import InvalidInputError
from shared.domain.gravity import CENTER, parse_gravity
from shared.domain.locale import MAX_LOCALES
from shared.domain.reference import Reference, check_text, parse_reference
from shared.usecases.locales import canonical_locale, clean_html

MAX_CREDIT_CHARACTERS = 1_000
MAX_CAPTION_CHARACTERS = 20_000

_FILE_KEY = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)
_LINES = re.compile(r"[\n\r\t]")

T = TypeVar("T")


class Body(BaseModel):
    """What is sent: no other members, no other types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def fitting(parse: Callable[[str], T]) -> AfterValidator:
    """Return a validator by a rule of the domain."""

    def validate(text: str) -> T:
        try:
            return parse(text)
        except InvalidInputError as error:
            raise ValueError(error.detail) from error

    return AfterValidator(validate)


def file_id(text: str) -> UUID | None:
    """Return what a file key stands for; None where it is none."""
    return UUID(text) if _FILE_KEY.fullmatch(text) else None


def _file_id(value: Any) -> UUID:
    known = file_id(value) if isinstance(value, str) else None
    if known is None:
        raise ValueError("file_key is what POST /uploads has given.")
    return known


def _line(text: str) -> str:
    return check_text(text, "text")


def _html(text: str) -> str:
    check_text(_LINES.sub(" ", text), "text")
    return clean_html(text)


Name = Annotated[Reference, fitting(parse_reference)]
FileKey = Annotated[UUID, BeforeValidator(_file_id)]
Locale = Annotated[str, fitting(canonical_locale)]
Credit = Annotated[str, StringConstraints(max_length=MAX_CREDIT_CHARACTERS), fitting(_line)]
Caption = Annotated[str, StringConstraints(max_length=MAX_CAPTION_CHARACTERS), fitting(_html)]


class UploadBody(Body):
    """A file that will come."""

    name: Name


class LocaleBody(Body):
    """What is said in one language."""

    locale: Locale
    credit: Credit | None = None
    caption_html: Caption | None = None


def _each_once(locales: list[LocaleBody]) -> list[LocaleBody]:
    if len({each.locale for each in locales}) < len(locales):
        raise ValueError("Each locale stands here once.")
    return locales


Locales = Annotated[list[LocaleBody], Field(max_length=MAX_LOCALES), AfterValidator(_each_once)]


class ImageBody(Body):
    """An image to be made of a file."""

    file_key: FileKey
    name: Name | None = None
    gravity: Annotated[str, fitting(parse_gravity)] = CENTER
    locales: Locales = Field(default_factory=list)


class ImageChangeBody(Body):
    """What to say of an image from now on."""

    locales: Locales
