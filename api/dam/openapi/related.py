"""What belongs to one image: who uses it, and its revisions."""

from api.dam.links import MAX_CHARACTERS
from api.dam.openapi.schemas import LINE, SHA256, TIME, URL
from api.dam.openapi.terms import (
    APPLIED,
    CONDITIONS,
    FORMAT,
    IDEMPOTENCY_KEY,
    MAX_VERSION,
    PREFER,
    REFERENCE,
    REPLAYED,
    SECURITY,
    SKIPTOKEN,
    VERSION,
    VIEW,
    image,
    reading,
    sending,
    writing,
)
from api.openapi.parts import (
    Json,
    answer,
    body,
    call,
    listed,
    nullable,
    path,
    record,
    text,
    whole,
)

_PAGED = (SKIPTOKEN, FORMAT, MAX_VERSION, PREFER)
_LINK_NAME = path(
    "link",
    text(3, 320, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}:[^\x00-\x1f\x7f-\x9f]{1,255}$"),
    "`provider:id`, percent-encoded once.",
    example="shop:4711",
)
_LINK = record(
    {
        "provider": text(1, 64),
        "id": text(1, 255),
        "url": nullable(URL),
        "label": nullable(text()),
        "createdOn": TIME,
    }
)
_TEXTS = record(
    {
        "url": nullable(
            text(most=MAX_CHARACTERS["url"], format="http-url", pattern="^https?://[^/?#]")
        ),
        "label": nullable(text(most=MAX_CHARACTERS["label"], pattern=LINE)),
    },
    (),
)
_REVISION = record(
    {
        "revision": whole(1),
        "createdOn": nullable(TIME),
        "sizeInBytes": whole(),
        "sha256": SHA256,
        "fileType": nullable(text()),
        "originalUrl": nullable(URL),
        "isServed": {"type": "boolean"},
        "isNewest": {"type": "boolean"},
        "keptUntil": nullable(TIME),
    }
)
_NUMBER = path("revision", whole(1, 2**31 - 1), "Its number.", example=1)


def _page(item: Json) -> Json:
    members = {"value": listed(item, 100), "@nextLink": URL, "@odata.nextLink": URL}
    return answer("A page.", record(members, ["value"]), headers=VERSION | APPLIED)


PATHS: dict[str, Json] = {
    "/images({reference})/links": {
        "parameters": [REFERENCE],
        "get": call(
            "listLinks",
            "Who uses the image",
            {200: _page(_LINK)},
            reading(404),
            parameters=_PAGED,
            security=SECURITY,
        ),
    },
    "/images({reference})/links/{link}": {
        "parameters": [REFERENCE, _LINK_NAME],
        "put": call(
            "putLink",
            "Say that something uses the image",
            {
                200: answer("It was known; url and label are these now.", _LINK, headers=VERSION),
                201: answer("It is new.", _LINK, headers=VERSION),
            },
            sending(404, 412),
            parameters=[FORMAT, MAX_VERSION, *CONDITIONS],
            request=body(
                _TEXTS,
                required=False,
                example={"url": "https://shop.example/4711", "label": "Chair"},
            ),
            security=SECURITY,
        ),
        "delete": call(
            "deleteLink",
            "Say that it does not any more",
            {204: answer("There is no such link now.", headers=VERSION)},
            writing(404, 412),
            parameters=CONDITIONS,
            security=SECURITY,
        ),
    },
    "/images({reference})/revisions": {
        "parameters": [REFERENCE],
        "get": call(
            "listRevisions",
            "The uploads whose original is there, the newest first",
            {200: _page(_REVISION)},
            reading(404),
            parameters=_PAGED,
            security=SECURITY,
        ),
    },
    "/images({reference})/revisions/{revision}/restore": {
        "parameters": [REFERENCE, _NUMBER],
        "post": call(
            "restoreRevision",
            "Make an earlier upload the newest again",
            {
                200: image("It is the newest, and `Ok`: nothing was done.", headers=REPLAYED),
                202: image("Its bytes are a new revision.", headers=REPLAYED),
            },
            sending(404, 409, 412, 422, 507),
            parameters=[*VIEW, *CONDITIONS, IDEMPOTENCY_KEY],
            security=SECURITY,
        ),
    },
}
