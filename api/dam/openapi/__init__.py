"""The contract as OpenAPI describes it."""

from api.dam.openapi.events import PATHS as EVENTS
from api.dam.openapi.images import PATHS as IMAGES
from api.dam.openapi.lists import PATHS as LISTS
from api.dam.openapi.operations import PATHS as OPERATIONS
from api.dam.openapi.related import PATHS as RELATED
from api.dam.openapi.schemas import SCHEMAS
from api.dam.openapi.usage import PATHS as USAGE
from api.dam.openapi.webhooks import PATHS as WEBHOOKS
from api.openapi.parts import Contract

CONTRACT = Contract(
    "dam",
    "The primary contract, after Sales Layer's DAM REST API 2.0: upload, replace, list, change.",
    {**LISTS, **IMAGES, **RELATED, **OPERATIONS, **EVENTS, **WEBHOOKS, **USAGE},
    SCHEMAS,
    {
        "apiKey": {
            "type": "apiKey",
            "in": "header",
            "name": "X-API-KEY",
            "description": "Made by `fototeca key create`; its role is reader, editor or admin.",
        }
    },
)
