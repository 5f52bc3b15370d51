"""What the tenant has stored."""

from api.dam.openapi.terms import SECURITY, reading
from api.openapi.parts import Json, answer, call, nullable, record, whole

_USAGE = record(
    {
        "images": whole(description="All that have not been purged."),
        "deletedImages": whole(description="Those of them that can be restored."),
        "bytes": whole(description="Of the originals that are stored."),
        "maxImages": nullable(whole()),
        "maxBytes": nullable(whole()),
        "maxFileBytes": whole(1),
    },
    description="A limit that there is not is null.",
)

PATHS: dict[str, Json] = {
    "/usage": {
        "get": call(
            "getUsage",
            "What is stored, and how much may be",
            {200: answer("Exactly.", _USAGE)},
            reading(),
            security=SECURITY,
        )
    }
}
