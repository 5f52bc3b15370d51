"""The contract's bodies, with its own names."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
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

from shared.domain.category import MAX_POSITION
from shared.domain.errors import InvalidInputError
from shared.domain.gravity import CENTER, parse_gravity
from shared.domain.link import LinkName, check_id, check_provider, parse_link_name
from shared.domain.locale import MAX_LOCALES
from shared.domain.record import Urn, parse_urn
from shared.domain.reference import Reference, check_text, parse_reference
from shared.usecases.editorial.icons import clean_svg
from shared.usecases.editorial.locales import canonical_locale, clean_html

MAX_CREDIT_CHARACTERS = 1_000
MAX_CAPTION_CHARACTERS = 20_000
MAX_NAME_CHARACTERS = 255
MAX_ICON_CHARACTERS = 20_000
MAX_REFS = 100

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_FILE_KEY = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)
_LINES = re.compile(r"[\n\r\t]")

T = TypeVar("T")
L = TypeVar("L", "LocaleBody", "CategoryLocaleBody")


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


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID in its usual form."""
    return _UUID.fullmatch(text) is not None


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
    return _within(MAX_CAPTION_CHARACTERS, clean_html(text))


def _svg(text: str) -> str:
    return _within(MAX_ICON_CHARACTERS, clean_svg(text))


def _within(most: int, cleaned: str) -> str:
    """Return what can be sent again as it is answered: cleaning makes some texts longer."""
    if len(cleaned) > most:
        raise InvalidInputError(
            f"This has {len(cleaned):,} characters once it is cleaned; at most {most:,} are kept."
        )
    return cleaned


Name = Annotated[Reference, fitting(parse_reference)]
FileKey = Annotated[UUID, BeforeValidator(_file_id)]
Locale = Annotated[str, fitting(canonical_locale)]
Credit = Annotated[str, StringConstraints(max_length=MAX_CREDIT_CHARACTERS), fitting(_line)]
Caption = Annotated[str, StringConstraints(max_length=MAX_CAPTION_CHARACTERS), fitting(_html)]


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError("This is a time as in 2030-01-31T08:00:00Z.") from error
    moment = moment.replace(microsecond=0)  # as it is kept
    if moment <= datetime.now(UTC):
        raise ValueError("This time has passed already.")
    return moment


def _uuid(value: Any) -> Any:
    if value is None:
        return None
    if not isinstance(value, str) or not is_uuid(value):
        raise ValueError("This is no UUID.")
    return UUID(value)


def _ref(value: Any) -> LinkName:
    try:
        return parse_link_name(value if isinstance(value, str) else "", "reference")
    except InvalidInputError as error:
        raise ValueError(error.detail) from error


def _urn(value: Any) -> Urn:
    try:
        return parse_urn(value if isinstance(value, str) else "")
    except InvalidInputError as error:
        raise ValueError(error.detail) from error


def _expiry(value: Any) -> datetime | None:
    return None if value is None else _moment(value)


Svg = Annotated[str, StringConstraints(max_length=MAX_ICON_CHARACTERS), fitting(_svg)]
CategoryName = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_NAME_CHARACTERS), fitting(_line)
]
Position = Annotated[int, Field(ge=0, le=MAX_POSITION)]


class UploadBody(Body):
    """A file that will come."""

    name: Name


class LocaleBody(Body):
    """What is said in one language."""

    locale: Locale
    credit: Credit | None = None
    caption_html: Caption | None = None


def _each_once(locales: list[L]) -> list[L]:
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


class CategoryLocaleBody(Body):
    """What a category is called in one language."""

    locale: Locale
    name: CategoryName


CategoryLocales = Annotated[
    list[CategoryLocaleBody], Field(max_length=MAX_LOCALES), AfterValidator(_each_once)
]


class CategoryChangeBody(Body):
    """What to change of a category: the members that are given."""

    parent_id: Annotated[UUID | None, BeforeValidator(_uuid)] = None
    locales: Annotated[CategoryLocales, Field(min_length=1)] = Field(default_factory=list)
    svg_icon: Svg | None = None
    is_archived: bool = False
    position: Position = 0


class CategoryBody(CategoryChangeBody):
    """A new category, which has a name in one language at least."""

    locales: Annotated[CategoryLocales, Field(min_length=1)]


class ReferenceBody(Body):
    """A name that another system gives to something."""

    provider: Annotated[str, fitting(partial(check_provider, noun="reference"))]
    id: Annotated[str, fitting(partial(check_id, noun="reference"))]
    urn: Annotated[Urn, BeforeValidator(_urn)]
    expires_at: Annotated[datetime | None, BeforeValidator(_expiry)] = None


class LookupBody(Body):
    """Names to look up."""

    refs: Annotated[list[Annotated[LinkName, BeforeValidator(_ref)]], Field(max_length=MAX_REFS)]
