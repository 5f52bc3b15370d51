"""What the service itself offers beside the contracts: files, its health, and this document."""

from api.openapi.parts import (
    Contract,
    Json,
    Refusals,
    answer,
    body,
    call,
    later,
    path,
    record,
    ref,
    text,
    whole,
)

PROBLEM = record(
    {
        "type": text(1, format="uri", description="Ends with a stable word for what is wrong."),
        "title": text(1),
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": text(1, description="A sentence that says what to do."),
        "instance": text(1, description="The path that was asked for."),
        "field": text(1, description="The member, header or option at fault."),
        "quota": {"enum": ["bytes", "images", "fileBytes"]},
        "limit": whole(description="Of the quota, or of the disk's free bytes."),
        "used": whole(),
        "free": whole(),
    },
    ["type", "title", "status", "detail", "instance"],
    description="RFC 9457.",
)

_FILE_REFUSALS = Refusals(
    ref("Problem"),
    "application/problem+json",
    {
        400: "The body cannot be read to its end.",
        404: "No file is awaited there, or not any more.",
        408: "The upload took longer than it may.",
        409: "Another upload of this file is under way.",
        413: "Larger than the limit, which the detail names.",
        415: "The body is compressed or encoded.",
        403: "The tenant is disabled.",
        503: "Postgres or S3 is away.",
        507: "No room: the tenant's quota is used up, or the disk is nearly full.",
    },
    later(409, 503),
)

_HEALTH = record(
    {
        "status": {"enum": ["ready", "degraded", "unavailable"]},
        "parts": {
            "type": "object",
            "description": "`ok`, or a sentence that says what is wrong.",
            "additionalProperties": {"type": "string"},
        },
    }
)

_PATHS: dict[str, Json] = {
    "/files/{token}": {
        "parameters": [path("token", text(1, 100), "Part of the URL that was given.")],
        "put": call(
            "putFile",
            "Send the bytes of a file to the URL that another call gave",
            {
                200: answer(
                    "They are stored.",
                    record({"sizeInBytes": whole(), "sha256": text(pattern="^[0-9a-f]{64}$")}),
                )
            },
            _FILE_REFUSALS.of(400, 403, 404, 408, 409, 413, 415, 503, 507),
            request=body(
                {"type": "string", "format": "binary"}, media_type="application/octet-stream"
            ),
            security=[],
        ),
    },
    "/healthz": {
        "get": call(
            "getHealth",
            "Whether the process answers",
            {200: answer("It does.", record({"status": {"const": "ok"}}))},
            {},
            security=[],
        )
    },
    "/readyz": {
        "get": call(
            "getReadiness",
            "Whether the service can work, and how its parts are",
            {
                200: answer("It can; `degraded` without Redis or a worker.", ref("Readiness")),
                503: answer("Postgres or S3 is away.", ref("Readiness")),
            },
            {},
            security=[],
        )
    },
    "/metrics": {
        "get": call(
            "getMetrics",
            "Figures for Prometheus",
            {200: answer("Prometheus's text format.", text(1), media_type="text/plain")},
            {},
            security=[],
        )
    },
    "/openapi.json": {
        "get": call(
            "getDocument",
            "This document",
            {200: answer("OpenAPI 3.1.", {"type": "object"})},
            {},
            security=[],
        )
    },
}

CONTRACT = Contract(
    "service",
    "Of the service itself; none of these calls needs a key.",
    _PATHS,
    {"Problem": PROBLEM, "Readiness": _HEALTH},
)
