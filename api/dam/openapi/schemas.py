"""The shapes that several of the contract's calls have in common."""

from api.dam.edits import MAX_TAG_CHARACTERS, MAX_TEXT_CHARACTERS
from api.dam.openapi.terms import REFERENCE_TEXT
from api.dam.schema import PROPERTIES, Property
from api.openapi.parts import Json, listed, nullable, record, ref, text, whole
from shared.domain.expression import Type
from shared.domain.gravity import COMPASS
from shared.domain.image import MAX_TAGS
from shared.domain.metadata import FIELDS, IN_LANGUAGES, LISTS
from shared.domain.status import Status
from shared.usecases.uploads.incoming import MAX_PARTS

TIME = text(
    pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z?$",
    examples=["2024-04-05T08:44:33"],
    description="UTC, to the second; with `Z` where the client asked for OData 4.0.",
)
URL = text(1, format="uri")
SHA256 = text(pattern="^[0-9a-f]{64}$")
_BLANKS = "\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"
_CONTROLS = "\\x00-\\x1f\\x7f-\\x9f"
_NO_CONTROL = f"[^{_CONTROLS}]"
TAG = text(
    1,
    MAX_TAG_CHARACTERS,
    pattern=f"^{_NO_CONTROL}*[^{_CONTROLS}\\x20\\xa0{_BLANKS}]{_NO_CONTROL}*$",
)
TAGS = listed(TAG, MAX_TAGS)
WORDS = text(most=MAX_TEXT_CHARACTERS, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")
LINE = f"^{_NO_CONTROL}*$"
"""A text without line breaks, which may be empty."""

_FRACTION = r"(0(\.[0-9]{1,6})?|1(\.0{1,6})?)"
GRAVITY = text(
    pattern=f"^(center|{'|'.join(COMPASS)}|{_FRACTION} ?, ?{_FRACTION})$",
    examples=["north", "0.5,0.25"],
    description="What a crop keeps: a word, or a point as fractions from the top left.",
)

_KINDS: dict[Type, Json] = {
    Type.STRING: text(),
    Type.INTEGER: whole(),
    Type.MOMENT: TIME,
    Type.GUID: text(format="uuid"),
}
_SPECIAL: dict[str, Json] = {
    "id": whole(1),
    "reference": text(1, 255),
    "status": {"enum": [status.value for status in Status]},
    "tags": listed(text(1)),
    "gravity": GRAVITY,
    "sha256": SHA256,
    "md5": text(pattern="^[0-9a-f]{32}$"),
    "dominantColor": text(pattern="^#[0-9a-f]{6}$"),
    "metadata": ref("Metadata"),
    "gps": ref("Gps"),
}

_EXAMPLE: Json = {
    "id": 7,
    "reference": "a.jpg",
    "numLinks": 0,
    "status": "Ok",
    "modifiedOn": "2024-04-05T08:44:33",
    "fileType": "jpg",
    "createdOn": "2024-04-05T08:44:30",
    "tags": ["new"],
    "originalUrl": "https://cdn.example/demo/01890a5d/1/a.jpg",
    "thumbnailUrl": "https://cdn.example/demo/01890a5d/1.1/a_TH.jpg",
    "thumbnailMediumUrl": "https://cdn.example/demo/01890a5d/1.1/a_THM.jpg",
    "thumbnailPreviewUrl": "https://cdn.example/demo/01890a5d/1.1/a_THP.jpg",
    "width": 1200,
    "height": 800,
    "sizeInBytes": 234567,
}


def _property(prop: Property) -> Json:
    schema = _SPECIAL.get(prop.name) or (URL if prop.name.endswith("Url") else _KINDS[prop.type])
    return nullable(schema) if prop.nullable else schema


_IMAGE_MEMBERS = {name: _property(prop) for name, prop in PROPERTIES.items()} | {
    "@odata.context": URL
}


def _embedded(name: str) -> Json:
    if name in IN_LANGUAGES:
        return {"type": "object", "additionalProperties": {"type": "string"}}
    return listed(text()) if name in LISTS else text()


_SIGNED = {
    "method": {"const": "PUT"},
    "url": URL,
    "headers": {"type": "object", "additionalProperties": {"type": "string"}},
}
_PART = record({"partNumber": whole(1, MAX_PARTS), **_SIGNED, "sizeInBytes": whole(1)})

ANNOUNCEMENT = record(
    {
        "reference": REFERENCE_TEXT,
        "sizeInBytes": whole(1, 2**53 - 1, description="Exactly how many bytes will be sent."),
        "tags": TAGS,
        "sha256": nullable(text(pattern="^[0-9a-fA-F]{64}$")),
        "multipart": {"type": "boolean"},
    },
    ["reference", "sizeInBytes"],
)

SCHEMAS: dict[str, Json] = {
    "Image": record(
        _IMAGE_MEMBERS,
        (),
        description="The fifteen fields of the document, or those that `$select` names.",
        examples=[_EXAMPLE],
    ),
    "Metadata": record(
        {name: _embedded(name) for name in FIELDS},
        (),
        description="What the file says of its picture; what is unknown is left out.",
    ),
    "Gps": record(
        {
            "latitude": {"type": "number", "minimum": -90, "maximum": 90},
            "longitude": {"type": "number", "minimum": -180, "maximum": 180},
            "altitude": {"type": "number"},
        },
        (),
    ),
    "Announced": record(
        {
            **_IMAGE_MEMBERS,
            "upload": record(
                {**_SIGNED, "parts": listed(_PART, MAX_PARTS), "expiresAt": TIME},
                ["method", "expiresAt"],
                description="Where the bytes go: one request, or one for each of `parts`.",
            ),
        },
        ["upload"],
    ),
    "FormAnswers": record(
        {
            "value": listed(
                record(
                    {
                        "reference": nullable(text()),
                        "status": whole(200, 599),
                        "image": ref("Image"),
                        "duplicates": listed(
                            text(1), description="Other references with these bytes."
                        ),
                        "problem": ref("Problem"),
                    },
                    ["reference", "status"],
                )
            )
        },
        description="An answer for each file, in their order.",
    ),
}
