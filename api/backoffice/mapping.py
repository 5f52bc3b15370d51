"""Between the contract's wire form and the library's nouns; pure functions."""

from datetime import UTC, datetime
from typing import Any

from api.addresses import Addresses
from api.backoffice.schema import CategoryChangeBody, LocaleBody
from shared.domain.category import Category
from shared.domain.locale import ImageLocale, Saying
from shared.domain.record import ReferenceRecord
from shared.usecases.editorial.assets import Asset
from shared.usecases.editorial.categories import CategoryEdit
from shared.usecases.uploads.staging import Ticket

COLUMNS = ("parent_id", "position", "svg_icon", "is_archived")
"""Of a category, named as on the wire."""


def sayings_of(locales: list[LocaleBody]) -> list[Saying]:
    """Return what a body says in each language."""
    return [Saying(each.locale, each.credit, each.caption_html) for each in locales]


def time_of(moment: datetime | None) -> str | None:
    """Return a time in the contract's form: UTC, to the second."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def upload_data(ticket: Ticket, url: str) -> dict[str, Any]:
    """Return a file that was announced, and how its bytes are sent."""
    expires = time_of(ticket.expires_at)
    upload: dict[str, Any] = {"method": "PUT", "url": url, "headers": {}, "expires_at": expires}
    return {"file_key": ticket.id.hex, "upload": upload}


def image_data(asset: Asset, addresses: Addresses) -> dict[str, Any]:
    """Return an image: the document's members in its order, then the library's own."""
    image = asset.image
    return {
        "id": str(image.uid),
        "file_key": image.uid.hex,
        "file_hash": None if image.sha256 is None else image.sha256.hex(),
        "name": image.reference,
        "gravity": image.gravity,
        "locales": [_locale_data(each) for each in asset.locales],
        "inserted_at": time_of(image.created_on),
        "updated_at": time_of(image.modified_on),
        "deleted_at": time_of(image.deleted_at),
        "status": image.status,
        "num_links": image.num_links,
        "original_url": addresses.of_original(image.original_key),
        "thumbnail_url": addresses.of(image.thumbnail_key),
        "thumbnail_square_url": addresses.of(image.thumbnail_square_key),
    }


def edit_of(body: CategoryChangeBody) -> CategoryEdit:
    """Return what a body says of a category: the members that it has."""
    given = body.model_fields_set
    columns = {name: getattr(body, name) for name in COLUMNS if name in given}
    names = {each.locale: each.name for each in body.locales} if "locales" in given else None
    return CategoryEdit(columns, names)


def category_data(category: Category) -> dict[str, Any]:
    """Return a category. Its locales go with it, so each has its `deleted_at`."""
    deleted_at = time_of(category.deleted_at)
    return {
        "id": str(category.id),
        "parent_id": None if category.parent_id is None else str(category.parent_id),
        "locales": [
            {
                "id": str(each.id),
                "locale": each.locale,
                "name": each.name,
                "deleted_at": deleted_at,
            }
            for each in category.locales
        ],
        "svg_icon": category.svg_icon,
        "is_archived": category.is_archived,
        "position": category.position,
        "inserted_at": time_of(category.created_on),
        "updated_at": time_of(category.modified_on),
        "deleted_at": deleted_at,
    }


def reference_data(record: ReferenceRecord) -> dict[str, Any]:
    """Return a reference record."""
    return {
        "id": record.name.id,
        "provider": record.name.provider,
        "urn": str(record.urn),
        "expires_at": time_of(record.expires_at),
    }


def _locale_data(locale: ImageLocale) -> dict[str, Any]:
    return {
        "id": str(locale.id),
        "locale": locale.locale,
        "credit": locale.credit,
        "caption_html": locale.caption_html,
    }
