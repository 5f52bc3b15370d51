"""The stream of events."""

from api.dam.openapi.terms import SECURITY, reading
from api.openapi.parts import Json, answer, call, header, query, text
from shared.domain.event import EventType

_NUMBER = text(1, 18, pattern="^[0-9]{1,18}$")
_TYPES = "|".join(each.value.replace(".", "[.]") for each in EventType)

PATHS: dict[str, Json] = {
    "/events": {
        "get": call(
            "streamEvents",
            "What happens to the tenant's images, as server-sent events",
            {
                200: answer(
                    "A stream that does not end by itself.",
                    text(),
                    media_type="text/event-stream",
                )
            },
            reading(410),
            parameters=[
                header("Last-Event-ID", _NUMBER, "Read on from here; without it, from now on."),
                query("lastEventId", _NUMBER, "The same, for who cannot send the header."),
                query(
                    "types",
                    text(1, pattern=f"^({_TYPES})(,({_TYPES}))*$"),
                    "Only these.",
                    example="image.ready,image.failed",
                ),
            ],
            security=SECURITY,
        )
    }
}
