"""Who is told of events without asking."""

from api.dam.openapi.schemas import LINE, TIME, URL
from api.dam.openapi.terms import LOCATION, SECURITY, UUID, sending, writing
from api.dam.webhooks import MAX_DESCRIPTION_CHARACTERS, MAX_URL_CHARACTERS, TYPES
from api.openapi.parts import Json, answer, body, call, listed, nullable, path, record, text, whole

_ID = path("id", UUID, "The webhook's id.", example="0190a5d0-ac96-474b-bcce-b302099a8057")
_TARGET = text(1, MAX_URL_CHARACTERS, format="public-url", pattern="^https?://[^/?#]")
_EVENTS = listed({"enum": list(TYPES)}, minItems=1)
_DESCRIPTION = nullable(text(most=MAX_DESCRIPTION_CHARACTERS, pattern=LINE))
_SECRET = text(1, pattern="^whsec_", description="Shown here only.")
_WEBHOOK_MEMBERS: dict[str, Json] = {
    "id": UUID,
    "url": URL,
    "events": _EVENTS,
    "description": nullable(text()),
    "enabled": {"type": "boolean"},
    "createdOn": TIME,
    "disabledOn": nullable(TIME),
    "disabledReason": nullable(text()),
    "failures": whole(),
    "lastError": nullable(text()),
    "lastErrorOn": nullable(TIME),
    "lastSuccessOn": nullable(TIME),
    "nextAttemptOn": nullable(TIME),
    "pending": whole(0, 1000),
}
_WEBHOOK = record(_WEBHOOK_MEMBERS)
_MADE = {"url": _TARGET, "events": _EVENTS, "description": _DESCRIPTION}

PATHS: dict[str, Json] = {
    "/webhooks": {
        "get": call(
            "listWebhooks",
            "All of the tenant's",
            {200: answer("They.", record({"value": listed(_WEBHOOK)}))},
            writing(),
            security=SECURITY,
        ),
        "post": call(
            "createWebhook",
            "Have events sent to a URL",
            {
                201: answer(
                    "It is registered.",
                    record(_WEBHOOK_MEMBERS | {"secret": _SECRET}),
                    headers=LOCATION,
                )
            },
            sending(409),
            request=body(
                record(_MADE, ["url"]),
                example={"url": "https://example.com/hook", "events": ["image.ready"]},
            ),
            security=SECURITY,
        ),
    },
    "/webhooks/{id}": {
        "parameters": [_ID],
        "get": call(
            "getWebhook",
            "One, and how its deliveries go",
            {200: answer("The webhook.", _WEBHOOK)},
            writing(404),
            security=SECURITY,
        ),
        "patch": call(
            "changeWebhook",
            "Change it, or enable it again",
            {200: answer("As it is now.", _WEBHOOK)},
            sending(404),
            request=body(
                record(_MADE | {"enabled": {"type": "boolean"}}, (), minProperties=1),
                example={"enabled": False},
            ),
            security=SECURITY,
        ),
        "delete": call(
            "deleteWebhook",
            "Send nothing there any more",
            {204: answer("It is gone.")},
            writing(404),
            security=SECURITY,
        ),
    },
    "/webhooks/{id}/rotate": {
        "parameters": [_ID],
        "post": call(
            "rotateWebhook",
            "Have another secret; for a day the former signs too",
            {200: answer("The secret.", record({"secret": _SECRET}))},
            writing(404),
            security=SECURITY,
        ),
    },
    "/webhooks/{id}/ping": {
        "parameters": [_ID],
        "post": call(
            "pingWebhook",
            "Send it `webhook.ping`",
            {202: answer("It is on its way.")},
            writing(404, 409),
            security=SECURITY,
        ),
    },
}
