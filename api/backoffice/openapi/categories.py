"""Categories, and which images are in them."""

from api.backoffice.answers import PREFIX
from api.backoffice.openapi.terms import (
    IDEMPOTENCY_KEY,
    LINE,
    LOCALE,
    LOCATION,
    REPLAYED,
    SECURITY,
    TIME,
    URL,
    UUID,
    reading,
    sending,
    writing,
)
from api.backoffice.paging import MAX_LIMIT
from api.backoffice.schema import MAX_ICON_CHARACTERS, MAX_NAME_CHARACTERS
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
    ref,
    text,
    whole,
)
from shared.domain.category import MAX_POSITION
from shared.domain.locale import MAX_LOCALES

_CATEGORIES = f"{PREFIX}/categories"
_ONE = _CATEGORIES + "/by-id/{id}"

_MEMBERS: dict[str, Json] = {
    "parent_id": nullable(UUID),
    "locales": listed(
        record({"locale": LOCALE, "name": text(1, MAX_NAME_CHARACTERS, pattern=LINE)}),
        MAX_LOCALES,
        minItems=1,
        description="Each locale once.",
    ),
    "svg_icon": nullable(text(most=MAX_ICON_CHARACTERS, format="svg")),
    "is_archived": {"type": "boolean"},
    "position": whole(0, MAX_POSITION),
}
_SHOWN_LOCALE = record(
    {"id": UUID, "locale": text(1), "name": text(1), "deleted_at": nullable(TIME)}
)
_META = record({"base": URL, "next": nullable(URL), "previous": nullable(URL)})
_PAGE = (
    query("after", text(1), "Part of `meta.next`."),
    query("before", text(1), "Part of `meta.previous`; not with `after`."),
    query("limit", whole(1, MAX_LIMIT), "How many to show at most."),
)
_ID = path("id", UUID, "The category's id.", example="01890a5d-ac96-774b-bcce-b302099a8057")
_IMAGE_ID = path("image_id", UUID, "The image's id.")
_SHOWN = answer("The category.", record({"data": ref("Category")}))
_NAMED: Json = {"locales": [{"locale": "de", "name": "Stühle"}]}

SCHEMAS: dict[str, Json] = {
    "Category": record(
        {
            "id": UUID,
            "parent_id": nullable(UUID),
            "locales": listed(_SHOWN_LOCALE, MAX_LOCALES),
            "svg_icon": nullable(text()),
            "is_archived": {"type": "boolean"},
            "position": whole(0, MAX_POSITION),
            "inserted_at": TIME,
            "updated_at": TIME,
            "deleted_at": nullable(TIME),
        }
    )
}


def _page(item: Json) -> Json:
    return answer("A page.", record({"data": listed(item, MAX_LIMIT), "meta": _META}))


PATHS: dict[str, Json] = {
    _CATEGORIES: {
        "get": call(
            "listCategories",
            "List categories, by position",
            {200: _page(ref("Category"))},
            reading(400),
            parameters=_PAGE,
            security=SECURITY,
        ),
        "post": call(
            "createCategory",
            "Create a category",
            {201: answer("It.", record({"data": ref("Category")}), headers=LOCATION | REPLAYED)},
            sending(404, 409),
            parameters=[IDEMPOTENCY_KEY],
            request=body(record(_MEMBERS, ["locales"]), example=_NAMED),
            security=SECURITY,
        ),
    },
    _ONE: {
        "parameters": [_ID],
        "get": call(
            "getCategory",
            "Read a category",
            {200: _SHOWN},
            reading(400, 404),
            security=SECURITY,
        ),
        "patch": call(
            "patchCategory",
            "Change the members that are given",
            {200: _SHOWN},
            sending(404, 409),
            request=body(record(_MEMBERS, ()), example=_NAMED),
            security=SECURITY,
        ),
        "delete": call(
            "deleteCategory",
            "Delete a category and all below it; they can be restored",
            {200: _SHOWN},
            writing(409),
            security=SECURITY,
        ),
    },
    _ONE + "/restore": {
        "parameters": [_ID],
        "post": call(
            "restoreCategory",
            "Restore a category with what its deletion took along",
            {200: _SHOWN},
            writing(409),
            security=SECURITY,
        ),
    },
    _ONE + "/images": {
        "parameters": [_ID],
        "get": call(
            "listCategoryImages",
            "Which images are in a category",
            {200: _page(record({"id": UUID}))},
            reading(400, 404),
            parameters=[_PAGE[0], _PAGE[2]],
            security=SECURITY,
        ),
    },
    _ONE + "/images/{image_id}": {
        "parameters": [_ID, _IMAGE_ID],
        "put": call(
            "putCategoryImage",
            "File an image in a category",
            {204: answer("It is in there.")},
            writing(409),
            security=SECURITY,
        ),
        "delete": call(
            "deleteCategoryImage",
            "Take an image out of a category",
            {204: answer("It is not in there.")},
            writing(409),
            security=SECURITY,
        ),
    },
}
