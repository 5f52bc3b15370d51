"""The list, how many there are, and what there is to ask for."""

from api.dam.openapi.images import CREATE
from api.dam.openapi.schemas import URL
from api.dam.openapi.terms import (
    APPLIED,
    FORMAT,
    MAX_VERSION,
    PREFER,
    REFUSALS,
    SECURITY,
    SELECT,
    SKIPTOKEN,
    VERSION,
    reading,
)
from api.dam.options import MAX_PAGE, MAX_WINDOW
from api.openapi.parts import Json, answer, call, listed, query, record, ref, text, told, whole

FILTER = query(
    "$filter",
    text(1, 8192, format="odata-filter"),
    "Which images; README.md beside the contract lists the functions.",
    example="status eq 'Ok' and tags/any(t: t eq 'new')",
)
_SEARCH = query(
    "$search",
    text(1, 1000, format="odata-search"),
    "Words of reference, tags, texts and metadata; phrases in quotes; `AND OR NOT`.",
    example="chair",
)
_DELETED = query("deleted", {"type": "boolean"}, "Deleted images instead; for editors.")
_WHICH = (FILTER, _SEARCH, _DELETED)

_COUNT = whole(description="Beyond 100,000 it may be an estimate.")
_PAGE = record(
    {
        "value": listed(ref("Image"), MAX_PAGE),
        "@count": _COUNT,
        "@odata.count": _COUNT,
        "@nextLink": URL,
        "@odata.nextLink": URL,
        "@odata.context": URL,
        "@fototeca.countIsEstimate": {"const": True},
    },
    ["value"],
)
_SERVICE = record(
    {
        "@context": URL,
        "@odata.context": URL,
        "value": listed(record(dict.fromkeys(("name", "kind", "url"), text(1)))),
    },
    ["value"],
)

PATHS: dict[str, Json] = {
    "/images": {
        "get": call(
            "listImages",
            "List images, page by page",
            {200: answer("A page.", _PAGE, headers=VERSION | APPLIED)},
            reading(403),
            parameters=[
                *_WHICH,
                query(
                    "$orderby",
                    text(1, 1000, format="odata-orderby"),
                    "Properties, each `asc` or `desc`.",
                    example="modifiedOn desc,reference",
                ),
                query("$top", whole(0, MAX_PAGE), "At most so many in all, without a next page."),
                query("$skip", whole(0, MAX_WINDOW), "With `$top` up to 100,000."),
                query("$count", {"type": "boolean"}, "Say how many there are, too."),
                SELECT,
                SKIPTOKEN,
                FORMAT,
                MAX_VERSION,
                PREFER,
            ],
            security=SECURITY,
        ),
        "post": CREATE,
    },
    "/images/$count": {
        "get": call(
            "countImages",
            "Count images",
            {
                200: answer(
                    "The number alone.",
                    text(pattern="^[0-9]+$"),
                    media_type="text/plain",
                    headers=VERSION
                    | told(
                        "Fototeca-Count-Is-Estimate",
                        {"const": "true"},
                        "Counting would have taken too long.",
                        required=False,
                    ),
                )
            },
            reading(403),
            parameters=[*_WHICH, MAX_VERSION],
            security=SECURITY,
        )
    },
    "/$metadata": {
        "get": call(
            "getMetadata",
            "The schema of the list, for clients of OData",
            {200: answer("CSDL.", text(1), media_type="application/xml", headers=VERSION)},
            REFUSALS.of(400),
            parameters=[MAX_VERSION],
            security=[],
        )
    },
    "/": {
        "get": call(
            "getService",
            "The entity sets; a browser is sent to the gallery",
            {
                200: answer("The service document.", _SERVICE, headers=VERSION),
                302: answer(
                    "To `/ui/`, for who accepts HTML.",
                    headers=told("Location", {"const": "/ui/"}, "The gallery."),
                ),
            },
            REFUSALS.of(400),
            parameters=[FORMAT, MAX_VERSION],
            security=[],
        )
    },
}
