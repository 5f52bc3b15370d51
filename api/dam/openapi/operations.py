"""Many images at once."""

from api.dam.openapi.lists import FILTER
from api.dam.openapi.schemas import TAGS, TIME, URL
from api.dam.openapi.terms import (
    APPLIED,
    FORMAT,
    IDEMPOTENCY_KEY,
    LOCATION,
    MAX_VERSION,
    PREFER,
    REPLAYED,
    SECURITY,
    SKIPTOKEN,
    UUID,
    VERSION,
    reading,
    sending,
)
from api.dam.operations_wire import MAX_COUNT
from api.openapi.parts import (
    Json,
    answer,
    body,
    call,
    listed,
    nullable,
    path,
    query,
    record,
    text,
    whole,
)
from shared.domain.operation import OperationKind, OperationState

_ID = path("id", UUID, "The operation's id.", example="0190a5d0-ac96-474b-bcce-b302099a8057")
_OPERATION_MEMBERS = {
    "id": UUID,
    "kind": {"enum": [kind.value for kind in OperationKind]},
    "state": {"enum": [state.value for state in OperationState]},
    "total": whole(),
    "done": whole(),
    "failed": whole(),
    "filter": nullable(text()),
    "createdOn": TIME,
    "finishedOn": nullable(TIME),
    "undoOf": nullable(UUID),
    "undoneBy": nullable(UUID),
    "add": TAGS,
    "remove": TAGS,
}
_ALWAYS = [name for name in _OPERATION_MEMBERS if name not in {"add", "remove"}]
_FAILURES = listed(
    record({"reference": nullable(text()), "reason": text(1), "detail": text()}), 100
)
_LISTED = record(_OPERATION_MEMBERS, _ALWAYS)
_PAGE = record({"value": listed(_LISTED, 100), "@nextLink": URL, "@odata.nextLink": URL}, ["value"])
OPERATION = record(_OPERATION_MEMBERS | {"failures": _FAILURES}, [*_ALWAYS, "failures"])

_EXPECTED = whole(0, MAX_COUNT)
_OPTIONS: Json = {
    "$filter": FILTER["schema"],
    "dryRun": {"type": "boolean"},
    "expectedCount": _EXPECTED,
}
_CHANGES: Json = {"add": TAGS, "remove": TAGS}


def _accepted(description: str) -> Json:
    return answer(description, OPERATION, headers=VERSION | LOCATION | REPLAYED)


def _bulk(name: str, summary: str, members: Json, example: Json) -> Json:
    return call(
        name,
        summary,
        {
            200: answer(
                "Of `dryRun`: how many images are meant.",
                record({"count": whole()}),
                headers=VERSION | REPLAYED,
            ),
            202: _accepted("It has begun."),
        },
        sending(409, 422),
        parameters=[
            query("dryRun", {"type": "boolean"}, "Only count."),
            query("expectedCount", _EXPECTED, "How many images you expect to be changed."),
            query("$filter", FILTER["schema"], "Which images, as in the list."),
            MAX_VERSION,
            IDEMPOTENCY_KEY,
        ],
        request=body(
            record(_OPTIONS | members, (), description="Each option, here or in the query."),
            required=False,
            example=example,
        ),
        security=SECURITY,
    )


_COUNTED: Json = {"$filter": "tags/any(t: t eq 'none')", "dryRun": True}

PATHS: dict[str, Json] = {
    "/images/reprocess": {
        "post": _bulk("reprocessImages", "Make thumbnails of many images anew", {}, _COUNTED)
    },
    "/images/tag": {
        "post": _bulk(
            "tagImages", "Add and remove tags of many images", _CHANGES, _COUNTED | {"add": ["new"]}
        )
    },
    "/images/delete": {
        "post": _bulk("deleteImages", "Delete many images; it can be undone", {}, _COUNTED)
    },
    "/operations": {
        "get": call(
            "listOperations",
            "List operations, the newest first",
            {200: answer("A page.", _PAGE, headers=VERSION | APPLIED)},
            reading(),
            parameters=[SKIPTOKEN, FORMAT, MAX_VERSION, PREFER],
            security=SECURITY,
        )
    },
    "/operations/{id}": {
        "parameters": [_ID],
        "get": call(
            "getOperation",
            "How far an operation is",
            {200: answer("The operation, and the first hundred failures.", OPERATION)},
            reading(404),
            parameters=[MAX_VERSION],
            security=SECURITY,
        ),
    },
    "/operations/{id}/cancel": {
        "parameters": [_ID],
        "post": call(
            "cancelOperation",
            "Begin no further image",
            {200: answer("It is cancelled.", OPERATION, headers=VERSION)},
            sending(404, 409),
            parameters=[MAX_VERSION],
            security=SECURITY,
        ),
    },
    "/operations/{id}/undo": {
        "parameters": [_ID],
        "post": call(
            "undoOperation",
            "Take back what it did, by another operation",
            {202: _accepted("That operation.")},
            sending(404, 409, 422),
            parameters=[MAX_VERSION, IDEMPOTENCY_KEY],
            security=SECURITY,
        ),
    },
}
