"""Answers of the DAM contract: images as JSON, in the dialect and with the fields asked for."""

import hashlib
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson
from aiohttp import hdrs, web

from api.addresses import Addresses, addresses_for
from api.context import LIBRARY
from api.dam.mapping import parse_select
from api.dam.odata.dialect import Dialect, entity_dialect_of
from api.dam.odata.query import OF_IMAGES, read_query
from api.dam.paths import path_of
from api.dam.schema import document_fields, value_of
from api.fast_response import Headers, fast_response
from shared.domain.image import Image, Principal
from shared.usecases.lists_ports import Document, DocumentField


class View(NamedTuple):
    """How one image is shown: which fields, in which dialect, with which addresses."""

    fields: tuple[str, ...]
    dialect: Dialect
    origin: str
    addresses: Addresses

    @property
    def documents(self) -> tuple[DocumentField, ...]:
        """The fields as Postgres is to build them."""
        return document_fields(
            self.fields,
            zoned=self.dialect.is_minimal,
            quoted=self.dialect.is_quoted,
            pads=self.addresses.pads,
        )

    def render(self, image: Image) -> dict[str, Any]:
        """Return the image's wire form."""
        zoned = self.dialect.is_minimal
        body = {name: value_of(image, name, self.addresses, zoned=zoned) for name in self.fields}
        if self.dialect.is_quoted:
            body = {
                name: str(value) if isinstance(value, int) else value
                for name, value in body.items()
            }
        if not self.dialect.is_minimal:
            return body
        return self._context() | body

    def frame(self, document: Document) -> bytes:
        """Return the wire form of an image that comes as JSON already."""
        if not self.dialect.is_minimal:
            return document.text.encode()
        return orjson.dumps(self._context())[:-1] + b"," + document.text[1:].encode()

    def etag(self, row_version: int) -> str:
        """Return `"{row version}-{representation}"`, strong for exactly these bytes.

        Signed addresses are of the representation: once they are others, nobody has it already.
        """
        return f'"{row_version}-{_representation(self)}"'

    def _context(self) -> dict[str, str]:
        return {"@odata.context": f"{self.origin}/$metadata#images/$entity"}


@lru_cache(maxsize=256)
def _representation(view: View) -> str:
    base, pads = view.addresses
    shown = (*view[:3], base, pads and pads.expires)
    return hashlib.blake2b(repr(shown).encode(), digest_size=4).hexdigest()


def view_of(request: web.Request, principal: Principal) -> View:
    """Read how the caller wants to see an image, or say which option is wrong."""
    origin, headers = request.app[LIBRARY].settings.origin, request.headers
    fields, dialect = _asked(
        request.rel_url.raw_query_string,
        headers.get("OData-MaxVersion"),
        headers.get(hdrs.ACCEPT),
    )
    addresses = addresses_for(request, principal)
    if "originalUrl" not in fields:  # what is not shown makes no other representation
        addresses = Addresses(addresses.base)
    return View(fields, dialect, origin, addresses)


@lru_cache(maxsize=256)
def _asked(
    raw_query: str, max_version: str | None, accept: str | None
) -> tuple[tuple[str, ...], Dialect]:
    """Return fields and dialect; one client asks the same of image after image."""
    options = read_query(raw_query, OF_IMAGES)
    given = {"OData-MaxVersion": max_version, hdrs.ACCEPT: accept}
    headers = {name: value for name, value in given.items() if value is not None}
    return parse_select(options.get("$select")), entity_dialect_of(headers, options.get("$format"))


def document_answer(request: web.Request, view: View, document: Document) -> web.StreamResponse:
    """Answer with one image as it was looked up; 304 where a reader has it already."""
    etag = view.etag(document.row_version)
    if _has(request, etag):
        headers = entity_headers(view, document.row_version)
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    return fast_response(request, view.frame(document), _lasting(view.dialect), etag)


def image_answer(view: View, image: Image, status: int = HTTPStatus.OK) -> web.Response:
    """Answer with one image as a write has left it."""
    headers = entity_headers(view, image.row_version)
    if status == HTTPStatus.CREATED:
        headers[hdrs.LOCATION] = path_of(image.reference)
    return json_answer(orjson.dumps(view.render(image)), view.dialect, status, headers)


def json_answer(
    body: bytes, dialect: Dialect, status: int = HTTPStatus.OK, headers: Any = None
) -> web.Response:
    """Answer with JSON, declaring dialect and version."""
    declared = {**dict(declaration(dialect)), **(headers or {})}
    return web.Response(body=body, status=status, headers=declared)


@lru_cache(maxsize=8)
def declaration(dialect: Dialect) -> Headers:
    """Return what JSON in a dialect declares itself to be."""
    return (("OData-Version", dialect.version), (hdrs.CONTENT_TYPE, dialect.content_type))


def entity_headers(view: View, row_version: int) -> dict[str, str]:
    """Return what an answer with one image says of it."""
    return {
        **_OF_ENTITIES,
        hdrs.ETAG: view.etag(row_version),
        "OData-Version": view.dialect.version,
    }


_OF_ENTITIES: dict[str, str] = {
    hdrs.CACHE_CONTROL: "private, no-cache",
    hdrs.VARY: "X-API-KEY, Accept, OData-MaxVersion",
}


@lru_cache(maxsize=8)
def _lasting(dialect: Dialect) -> Headers:
    """Return what all images in a dialect say alike."""
    return (*_OF_ENTITIES.items(), *declaration(dialect))


def _has(request: web.Request, etag: str) -> bool:
    header = request.headers.get(hdrs.IF_NONE_MATCH)
    if header is None:
        return False
    candidates = (part.strip().removeprefix("W/") for part in header.split(","))
    return header.strip() == "*" or etag in candidates
