"""The document: what every contract says of itself, put together once."""

from functools import cache

import orjson

from api.backoffice.openapi import CONTRACT as BACKOFFICE
from api.connect.openapi import CONTRACT as CONNECT
from api.dam.openapi import CONTRACT as DAM
from api.oauth.openapi import CONTRACT as OAUTH
from api.openapi.parts import Contract, Json
from api.openapi.service import CONTRACT as SERVICE
from api.products.openapi import CONTRACT as PRODUCTS

CONTRACTS: tuple[Contract, ...] = (DAM, BACKOFFICE, CONNECT, PRODUCTS, OAUTH, SERVICE)

_INTRODUCTION = """\
One library of images, in the contracts that other systems already speak. An image uploaded \
through one is seen through all.

Every answer carries `X-Request-ID`, and gives back the one that came with the request where that \
has 1 to 64 letters, digits and `._-`. Another tenant's image is a 404. HEAD is answered wherever \
GET is, but for `/events`.
"""


@cache
def document() -> bytes:
    """Return the document as it is served: the same for every installation."""
    return orjson.dumps(assembled())


def assembled() -> Json:
    """Put the contracts together."""
    made: Json = {
        "openapi": "3.1.1",
        "info": {
            "title": "Fototeca",
            "version": "1",
            "summary": "A self-hosted image library.",
            "description": _INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This installation."}],
        "tags": [{"name": each.tag, "description": each.description} for each in CONTRACTS],
        "paths": {},
        "components": {"schemas": {}, "securitySchemes": {}},
    }
    paths, parts = made["paths"], made["components"]
    for contract in CONTRACTS:
        paths |= {where: _tagged(what, contract.tag) for where, what in contract.paths.items()}
        parts["schemas"] |= contract.schemas
        parts["securitySchemes"] |= contract.security
    return made


def _tagged(item: Json, tag: str) -> Json:
    """Put the calls of a path under the contract's name."""
    return {
        name: each | {"tags": [tag]} if isinstance(each, dict) else each
        for name, each in item.items()
    }
