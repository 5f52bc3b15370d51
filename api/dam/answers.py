"""Answers of the DAM contract: images as JSON, in the dialect and with the fields asked for."""

import hashlib
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import hdrs, web

from api.context import LIBRARY
from api.dam.mapping import parse_select
from api.dam.odata.dialect import Dialect, dialect_of
from api.dam.odata.query import read_query
from api.dam.paths import path_of
from api.dam.schema import value_of
from shared.domain.image import Image


@dataclass(frozen=True, slots=True)
class View:
    """How one image is shown: which fields, in which dialect, with which addresses."""

    fields: tuple[str, ...]
    dialect: Dialect
    origin: str
    cdn_base: str

    def render(self, image: Image) -> dict[str, Any]:
        """Return the image's wire form."""
        zoned = self.dialect.is_minimal
        body = {name: value_of(image, name, self.cdn_base, zoned=zoned) for name in self.fields}
        if not self.dialect.is_minimal:
            return body
        return {"@odata.context": f"{self.origin}/$metadata#images/$entity"} | body

    def etag(self, image: Image) -> str:
        """Return `"{row version}-{representation}"`, strong for exactly these bytes."""
        shape = repr(self).encode()
        return f'"{image.row_version}-{hashlib.blake2b(shape, digest_size=4).hexdigest()}"'


def view_of(request: web.Request) -> View:
    """Read how the caller wants to see an image, or say which option is wrong."""
    settings = request.app[LIBRARY].settings
    options = read_query(request.rel_url.raw_query_string)
    return View(
        parse_select(options.get("$select")),
        dialect_of(request.headers, options.get("$format")),
        settings.origin,
        settings.cdn_base,
    )


def image_answer(
    request: web.Request, view: View, image: Image, status: int = HTTPStatus.OK
) -> web.Response:
    """Answer with one image; 304 where a reader has it already."""
    headers = {
        hdrs.ETAG: view.etag(image),
        hdrs.CACHE_CONTROL: "private, no-cache",
        hdrs.VARY: "X-API-KEY, Accept, OData-MaxVersion",
        "OData-Version": view.dialect.version,
    }
    if request.method in {hdrs.METH_GET, hdrs.METH_HEAD} and _has(request, headers[hdrs.ETAG]):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    if status == HTTPStatus.CREATED:
        headers[hdrs.LOCATION] = path_of(image.reference)
    return json_answer(orjson.dumps(view.render(image)), view.dialect, status, headers)


def json_answer(
    body: bytes, dialect: Dialect, status: int = HTTPStatus.OK, headers: Any = None
) -> web.Response:
    """Answer with JSON, declaring dialect and version."""
    return web.Response(
        body=body,
        status=status,
        headers={
            "OData-Version": dialect.version,
            hdrs.CONTENT_TYPE: dialect.content_type,
            **(headers or {}),
        },
    )


def _has(request: web.Request, etag: str) -> bool:
    header = request.headers.get(hdrs.IF_NONE_MATCH)
    if header is None:
        return False
    candidates = (part.strip().removeprefix("W/") for part in header.split(","))
    return header.strip() == "*" or etag in candidates
