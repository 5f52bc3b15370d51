"""Wire form to the library's and back, both ways pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.domain.errors import InvalidInputError
from shared.domain.reference import check_text, parse_reference
from shared.domain.ulid import parse_ulid, ulid_of
from shared.usecases.products.ports import Product, ProductImage
from shared.usecases.products.products import NewImage, hashes_of

MAX_NAME = 255
MAX_SKIP = 100_000
DEFAULT_SIZE = 30
MAX_SIZE = 1000


def product_wire(product: Product) -> dict[str, Any]:
    """Return a product as the contract shows it."""
    return {
        "id": ulid_of(product.id),
        "name": product.name,
        "createTime": _time(product.created_on),
    }


def image_wire(image: ProductImage, *, with_hashes: bool = False) -> dict[str, Any]:
    """Return an image as the contract shows it."""
    wire: dict[str, Any] = {
        "id": ulid_of(image.id),
        "name": image.name,
        "version": image.version,
        "createTime": _time(image.created_on),
        "author": image.author,
        "parent": f"products/{ulid_of(image.product_id)}",
    }
    if with_hashes:
        hashes = hashes_of(image)
        wire["hashes"] = {"sha256": hashes.sha256.hex(), "md5": hashes.md5.hex()}
    return wire


def parse_id(text: str, field: str) -> UUID:
    """Read a ULID."""
    if (uid := parse_ulid(text)) is None:
        raise InvalidInputError(f"{field} is no ULID of 26 characters.", field=field)
    return uid


def parse_product(body: object) -> str:
    """Read the name of a new product."""
    return _text(_members(body, {"name"}), "name")


def parse_new_image(body: object) -> NewImage:
    """Read which file becomes which image."""
    members = _members(body, {"tempFileId", "imageName", "version", "filename"})
    return NewImage(
        file_id=parse_id(_text(members, "tempFileId"), "tempFileId"),
        reference=parse_reference(_text(members, "filename")),
        name=_text(members, "imageName"),
        version=_text(members, "version"),
    )


def parse_change(body: object) -> tuple[str | None, str | None]:
    """Read another name, another version, or both."""
    members = _members(body, {"name", "version"})
    if not members:
        raise InvalidInputError("Send a name, a version, or both.")
    return (
        _text(members, "name") if "name" in members else None,
        _text(members, "version") if "version" in members else None,
    )


def parse_window(query: Mapping[str, str]) -> tuple[int, int]:
    """Read `skip` (0) and `size` (30, at most 1000)."""
    return (
        _number(query, "skip", 0, 0, MAX_SKIP),
        _number(query, "size", DEFAULT_SIZE, 1, MAX_SIZE),
    )


def parse_flag(query: Mapping[str, str], name: str) -> bool:
    """Read `true` or `false`, which is the default."""
    value = query.get(name, "false").lower()
    if value not in {"true", "false"}:
        raise InvalidInputError(f"{name} is true or false.", field=name)
    return value == "true"


def _number(query: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < len(str(MAX_SKIP)) + 1):
        raise InvalidInputError(f"{name} is a whole number from {least} to {most}.", field=name)
    if not least <= int(text) <= most:
        raise InvalidInputError(f"{name} is from {least} to {most}.", field=name)
    return int(text)


def _members(body: object, known: set[str]) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise InvalidInputError("The body is a JSON object.")
    if unknown := sorted(body.keys() - known):
        raise InvalidInputError(
            f"{unknown[0]!r} is not known here; there is {', '.join(sorted(known))}.",
            field=check_text(unknown[0], "name of a member"),
        )
    return body


def _text(members: Mapping[str, Any], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_NAME:
        raise InvalidInputError(f"{name} is a text of 1 to {MAX_NAME} characters.", field=name)
    return check_text(value, name)


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"
