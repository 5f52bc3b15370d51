"""The contract as OpenAPI describes it."""

from api.backoffice.openapi.images import PATHS as IMAGES
from api.backoffice.openapi.images import SCHEMAS
from api.openapi.parts import Contract

CONTRACT = Contract(
    "backoffice",
    "The editors' side: locales, credits, captions, gravity.",
    IMAGES,
    SCHEMAS,
    {
        "queryKey": {
            "type": "apiKey",
            "in": "query",
            "name": "x-api-key",
            "description": "The same key, for who cannot send a header; no log has it.",
        }
    },
)
