"""One image: upload, read, change, delete."""

from api.dam.openapi.schemas import ANNOUNCEMENT, GRAVITY, TAGS, URL, WORDS
from api.dam.openapi.terms import (
    CONDITIONS,
    DUPLICATES,
    ENTITY,
    IDEMPOTENCY_KEY,
    LOCATION,
    REFERENCE,
    REFERENCE_TEXT,
    REPLAYED,
    SECURITY,
    UUID,
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
    header,
    listed,
    nullable,
    path,
    query,
    record,
    ref,
    text,
    whole,
)
from shared.usecases.uploads.incoming import MAX_PARTS

BYTES = {"type": "string", "format": "binary"}
MAX_FILES = 100

_PURGE = query("purge", {"type": "boolean"}, "For good, and of all revisions; for admins.")
_UID = path("uid", UUID, "The image's `uid`.", example="01890a5d-ac96-774b-bcce-b302099a8057")
_GONE = answer("It is deleted.", headers=VERSION)
_SOURCE = record(
    {"reference": REFERENCE_TEXT, "sourceUrl": URL, "tags": TAGS}, ["reference", "sourceUrl"]
)
_FORM = record(
    {"file": listed(BYTES, MAX_FILES, minItems=1)},
    additionalProperties=True,
    description="Every part is a file with a file name, whatever its name is.",
)
_EDIT = record(
    {
        "tags": {
            "oneOf": [TAGS, record({"add": TAGS, "remove": TAGS}, (), minProperties=1)],
        },
        "title": nullable(WORDS),
        "alt": nullable(WORDS),
        "caption": nullable(WORDS),
        "gravity": GRAVITY,
        "reference": REFERENCE_TEXT,
    },
    (),
    minProperties=1,
)
_PARTS = record(
    {
        "parts": listed(
            record({"partNumber": whole(1, MAX_PARTS), "etag": text(1)}), MAX_PARTS, minItems=1
        )
    },
    (),
)


def _or_form(refusals: Json) -> Json:
    """Let a refusal be that of each file of a form, too."""
    form = {"application/json": {"schema": ref("FormAnswers")}}
    return {status: each | {"content": each["content"] | form} for status, each in refusals.items()}


def _optional(headers: Json) -> Json:
    """Let headers be absent."""
    return {name: each | {"required": False} for name, each in headers.items()}


CREATE = call(
    "createImages",
    "Create images: a form, an announcement, or a URL to fetch from",
    {
        201: answer(
            "All were created. Of an announcement: where its bytes go.",
            {"anyOf": [ref("FormAnswers"), ref("Announced"), ref("Image")]},
            headers=_optional(ENTITY | LOCATION) | VERSION | REPLAYED,
        ),
        207: answer("Some were.", ref("FormAnswers"), headers=VERSION | REPLAYED),
    },
    _or_form(sending(409, 422, 507)),
    parameters=[*VIEW, IDEMPOTENCY_KEY],
    request={
        "required": True,
        "content": {
            "multipart/form-data": {"schema": _FORM},
            "application/json": {
                "schema": {"oneOf": [ANNOUNCEMENT, _SOURCE]},
                "examples": {
                    "announcement": {"value": {"reference": "new.jpg", "sizeInBytes": 1234567}}
                },
            },
        },
    },
    security=SECURITY,
)

_ONE: Json = {
    "parameters": [REFERENCE],
    "get": call(
        "getImage",
        "Read one image",
        {
            200: image("The image."),
            304: answer("The reader has it already.", headers=ENTITY),
        },
        reading(404),
        parameters=[
            *VIEW,
            header("If-None-Match", text(), "The `ETag` of what the reader has."),
        ],
        security=SECURITY,
    ),
    "put": call(
        "putImage",
        "Upload an image, or replace its bytes",
        {
            200: image(
                "Its newest bytes are these already, and `Ok`: nothing was done.",
                headers=DUPLICATES,
            ),
            201: image("It is new.", 201, headers=DUPLICATES),
            202: image(
                "It is replaced; the former bytes are served until these are `Ok`.",
                headers=DUPLICATES,
            ),
        },
        sending(409, 412, 507),
        parameters=[*VIEW, *CONDITIONS],
        request={
            "required": True,
            "content": {
                "application/octet-stream": {"schema": BYTES},
                "image/*": {"schema": BYTES},
            },
        },
        security=SECURITY,
    ),
    "patch": call(
        "patchImage",
        "Change tags, texts, gravity or the reference",
        {200: image("As it is now; another gravity makes its status `Re`.")},
        sending(404, 409, 412),
        parameters=[*VIEW, *CONDITIONS],
        request=body(_EDIT, example={"tags": {"add": ["new"]}, "title": "A chair"}),
        security=SECURITY,
    ),
    "delete": call(
        "deleteImage",
        "Delete an image; it can be restored",
        {204: _GONE},
        writing(404, 409, 412),
        parameters=[_PURGE, *CONDITIONS],
        security=SECURITY,
    ),
}

PATHS: dict[str, Json] = {
    "/images({reference})": _ONE,
    "/images({reference})/reprocess": {
        "parameters": [REFERENCE],
        "post": call(
            "reprocessImage",
            "Make its thumbnails anew",
            {202: image("Its status is `Re`.")},
            writing(404, 409, 412),
            parameters=[*VIEW, *CONDITIONS],
            security=SECURITY,
        ),
    },
    "/images({reference})/complete": {
        "parameters": [REFERENCE],
        "post": call(
            "completeImage",
            "Say that the bytes of an announced image are in S3",
            {202: image("They are being processed; twice is the same as once.")},
            sending(404, 409, 507),
            parameters=VIEW,
            request=body(
                _PARTS, required=False, example={"parts": [{"partNumber": 1, "etag": "e"}]}
            ),
            security=SECURITY,
        ),
    },
    "/images/by-uid/{uid}": {
        "parameters": [_UID],
        "delete": call(
            "deleteImageByUid",
            "Delete an image, also one that is deleted already",
            {204: _GONE},
            writing(404, 409, 412),
            parameters=[_PURGE, *CONDITIONS],
            security=SECURITY,
        ),
    },
    "/images/by-uid/{uid}/restore": {
        "parameters": [_UID],
        "post": call(
            "restoreImage",
            "Restore a deleted image, with the URLs that it had",
            {200: image("It is back.")},
            writing(404, 409),
            parameters=VIEW,
            security=SECURITY,
        ),
    },
}
