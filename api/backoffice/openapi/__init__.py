"""The contract as OpenAPI describes it."""

from api.backoffice.openapi import categories, images, references
from api.openapi.parts import Contract

CONTRACT = Contract(
    "backoffice",
    "The editors' side: locales, credits, captions, gravity, categories, references.",
    {**images.PATHS, **categories.PATHS, **references.PATHS},
    {**images.SCHEMAS, **categories.SCHEMAS, **references.SCHEMAS},
    {
        "queryKey": {
            "type": "apiKey",
            "in": "query",
            "name": "x-api-key",
            "description": "The same key, for who cannot send a header; no log has it.",
        }
    },
)
