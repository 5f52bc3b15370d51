"""What other systems call images and categories."""

from api.backoffice.answers import PREFIX
from api.backoffice.openapi.terms import (
    IDEMPOTENCY_KEY,
    LOCATION,
    REPLAYED,
    SECURITY,
    TIME,
    reading,
    sending,
    writing,
)
from api.backoffice.schema import MAX_REFS
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
)

_REFERENCES = f"{PREFIX}/references"
_HEX = "[0-9A-Fa-f]"
_URN = text(
    pattern=f"^urn:(image|category):{_HEX}{{8}}(-{_HEX}{{4}}){{3}}-{_HEX}{{12}}$",
    examples=["urn:image:01890a5d-ac96-774b-bcce-b302099a8057"],
)
_PROVIDER = text(1, 64, pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
_REF = text(
    pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}:[^\x00-\x1f\x7f-\x9f]{1,255}$",
    examples=["shop:4711"],
)
_NAME = path("ref", _REF, "`provider:id`, percent-encoded once.", example="shop:4711")
_SHOWN = answer("The record.", record({"data": ref("ReferenceRecord")}))

SCHEMAS: dict[str, Json] = {
    "ReferenceRecord": record(
        {"id": text(1), "provider": _PROVIDER, "urn": _URN, "expires_at": nullable(TIME)}
    )
}

PATHS: dict[str, Json] = {
    _REFERENCES: {
        "post": call(
            "createReference",
            "Name an image or a category as another system does",
            {
                201: answer(
                    "The record.",
                    record({"data": ref("ReferenceRecord")}),
                    headers=LOCATION | REPLAYED,
                )
            },
            sending(404, 409),
            parameters=[IDEMPOTENCY_KEY],
            request=body(
                record(
                    {
                        "provider": _PROVIDER,
                        "id": text(1, 255, pattern=PRINTABLE),
                        "urn": _URN,
                        "expires_at": nullable(text(format="date-time")),
                    },
                    ["provider", "id", "urn"],
                ),
                example={
                    "provider": "shop",
                    "id": "4711",
                    "urn": "urn:image:01890a5d-ac96-774b-bcce-b302099a8057",
                },
            ),
            security=SECURITY,
        )
    },
    f"{_REFERENCES}/lookup": {
        "post": call(
            "lookUpReferences",
            "Read those of up to a hundred records that there are",
            {200: answer("They.", record({"data": listed(ref("ReferenceRecord"), MAX_REFS)}))},
            sending(),
            request=body(record({"refs": listed(_REF, MAX_REFS)}), example={"refs": ["shop:4711"]}),
            security=SECURITY,
        )
    },
    f"{_REFERENCES}/{{ref}}": {
        "parameters": [_NAME],
        "get": call(
            "getReference",
            "Read a record",
            {200: _SHOWN},
            reading(400, 404),
            security=SECURITY,
        ),
        "delete": call(
            "deleteReference",
            "Delete a record",
            {204: answer("It is gone.")},
            writing(409),
            security=SECURITY,
        ),
    },
}
