"""Files, and the images that are made of them."""

from api.backoffice.answers import PREFIX
from api.backoffice.openapi.terms import (
    GRAVITY,
    IDEMPOTENCY_KEY,
    LINE,
    LINES,
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
from api.backoffice.schema import MAX_CAPTION_CHARACTERS, MAX_CREDIT_CHARACTERS
from api.openapi.parts import (
    PRINTABLE,
    Json,
    answer,
    body,
    call,
    listed,
    nullable,
    path,
    record,
    ref,
    text,
    whole,
)
from shared.domain.locale import MAX_LOCALES
from shared.domain.reference import MAX_CHARACTERS
from shared.domain.status import Status

_IMAGES = f"{PREFIX}/assets/images"
_FILE_KEY = text(pattern="^[0-9a-fA-F]{32}$")
_NAME = text(1, MAX_CHARACTERS, pattern=PRINTABLE)
_LOCALES = listed(
    record(
        {
            "locale": LOCALE,
            "credit": nullable(text(most=MAX_CREDIT_CHARACTERS, pattern=LINE)),
            "caption_html": nullable(text(most=MAX_CAPTION_CHARACTERS, pattern=LINES)),
        },
        ["locale"],
    ),
    MAX_LOCALES,
    description="Each locale once.",
)
_SHOWN_LOCALE = record(
    {
        "id": UUID,
        "locale": text(1),
        "credit": nullable(text()),
        "caption_html": nullable(text(description="HTML without scripts and styles.")),
    }
)
_SAID: Json = {
    "locales": [{"locale": "de", "credit": "A. Frau", "caption_html": "<p>Ein Stuhl</p>"}]
}
_ID = path("id", UUID, "The image's id.", example="01890a5d-ac96-774b-bcce-b302099a8057")
_ONE = record({"data": ref("BackofficeImage")})
_SHOWN = answer("The image.", _ONE)

SCHEMAS: dict[str, Json] = {
    "BackofficeErrors": record(
        {
            "errors": record(
                {
                    "detail": text(1),
                    "fields": {
                        "type": "object",
                        "additionalProperties": listed(text(1), minItems=1),
                    },
                },
                ["detail"],
            )
        }
    ),
    "BackofficeImage": record(
        {
            "id": UUID,
            "file_key": text(pattern="^[0-9a-f]{32}$"),
            "file_hash": nullable(text(pattern="^[0-9a-f]{64}$")),
            "name": text(1),
            "gravity": GRAVITY,
            "locales": listed(_SHOWN_LOCALE, MAX_LOCALES),
            "inserted_at": TIME,
            "updated_at": TIME,
            "deleted_at": nullable(TIME),
            "status": {"enum": [status.value for status in Status]},
            "num_links": whole(),
            "original_url": nullable(URL),
            "thumbnail_url": nullable(URL),
            "thumbnail_square_url": nullable(URL),
        }
    ),
}

PATHS: dict[str, Json] = {
    f"{PREFIX}/uploads": {
        "post": call(
            "createUpload",
            "Announce a file, and learn where its bytes go",
            {
                201: answer(
                    "PUT the bytes there.",
                    record(
                        {
                            "data": record(
                                {
                                    "file_key": _FILE_KEY,
                                    "upload": record(
                                        {
                                            "method": {"const": "PUT"},
                                            "url": URL,
                                            "headers": {
                                                "type": "object",
                                                "additionalProperties": text(),
                                            },
                                            "expires_at": TIME,
                                        }
                                    ),
                                }
                            )
                        }
                    ),
                    headers=REPLAYED,
                )
            },
            sending(409, 507),
            parameters=[IDEMPOTENCY_KEY],
            request=body(record({"name": _NAME}), example={"name": "chair.jpg"}),
            security=SECURITY,
        )
    },
    _IMAGES: {
        "post": call(
            "createBackofficeImage",
            "Make an image of a file whose bytes have come",
            {201: answer("The image.", _ONE, headers=LOCATION | REPLAYED)},
            sending(404, 409, 507),
            parameters=[IDEMPOTENCY_KEY],
            request=body(
                record(
                    {
                        "file_key": _FILE_KEY,
                        "name": nullable(_NAME),
                        "gravity": GRAVITY,
                        "locales": _LOCALES,
                    },
                    ["file_key"],
                ),
                example={"file_key": "01890a5dac96774bbcceb302099a8057", **_SAID},
            ),
            security=SECURITY,
        )
    },
    f"{_IMAGES}/by-id/{{id}}": {
        "parameters": [_ID],
        "get": call(
            "getBackofficeImage",
            "Read an image",
            {200: _SHOWN},
            reading(400, 404),
            security=SECURITY,
        ),
        "patch": call(
            "patchBackofficeImage",
            "Say what there is to say, in these locales and no others",
            {200: _SHOWN},
            sending(404, 409),
            request=body(record({"locales": _LOCALES}), example=_SAID),
            security=SECURITY,
        ),
        "delete": call(
            "deleteBackofficeImage",
            "Delete an image; it can be restored",
            {200: _SHOWN},
            writing(409),
            security=SECURITY,
        ),
    },
    f"{_IMAGES}/by-id/{{id}}/restore": {
        "parameters": [_ID],
        "post": call(
            "restoreBackofficeImage",
            "Restore a deleted image, with the URLs that it had",
            {200: _SHOWN},
            writing(409),
            security=SECURITY,
        ),
    },
    f"{_IMAGES}/by-key/{{key}}": {
        "parameters": [path("key", _FILE_KEY, "Its file's key.")],
        "get": call(
            "getBackofficeImageByKey",
            "Read the image that was made of a file",
            {200: _SHOWN},
            reading(404),
            security=SECURITY,
        ),
    },
    f"{_IMAGES}/by-hash/{{hash}}": {
        "parameters": [path("hash", text(pattern="^[0-9a-fA-F]{64}$"), "SHA-256 of its bytes.")],
        "get": call(
            "getBackofficeImageByHash",
            "Read the newest image with these bytes",
            {200: _SHOWN},
            reading(400, 404),
            security=SECURITY,
        ),
    },
}
