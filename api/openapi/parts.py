"""The pieces of which contracts describe themselves: schemas, parameters, answers, calls."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

JSON = "application/json"
PRINTABLE = "^[^\\x00-\\x1f\\x7f-\\x9f]+$"
"""A text that is not empty and holds no control characters."""

BIGINT = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Contract:
    """What one contract adds to the document; its calls stand together under its tag."""

    tag: str
    description: str
    paths: Mapping[str, Json]
    schemas: Mapping[str, Json] = field(default_factory=dict)
    security: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusals:
    """How a contract refuses: in which form, and what each status means there."""

    schema: Json
    media_type: str
    meanings: Mapping[int, str]
    headers: Mapping[int, Json] = field(default_factory=dict)

    def of(self, *statuses: int) -> Json:
        """Return the answers of these statuses."""
        return {
            str(status): {
                "description": self.meanings[status],
                "content": {self.media_type: {"schema": self.schema}},
            }
            | ({"headers": self.headers[status]} if status in self.headers else {})
            for status in sorted(statuses)
        }


def ref(name: str) -> Json:
    """Point to a schema that some contract defines."""
    return {"$ref": f"#/components/schemas/{name}"}


def text(least: int = 0, most: int | None = None, **more: Any) -> Json:
    """Describe a string by its length in characters."""
    bounds: Json = {"type": "string"}
    if least:
        bounds["minLength"] = least
    return bounds | ({} if most is None else {"maxLength": most}) | more


def whole(least: int = 0, most: int = BIGINT, **more: Any) -> Json:
    """Describe a whole number."""
    kind: Json = {"type": "integer", "minimum": least, "maximum": most}
    return kind | ({"format": "int64"} if most == BIGINT else {}) | more


def nullable(schema: Json) -> Json:
    """Let a schema be null too."""
    if "type" in schema and "enum" not in schema:
        return schema | {"type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def listed(items: Json, most: int | None = None, **more: Any) -> Json:
    """Describe a list."""
    return {"type": "array", "items": items, **more} | ({} if most is None else {"maxItems": most})


def record(
    properties: Mapping[str, Json], required: Iterable[str] | None = None, **more: Any
) -> Json:
    """Describe an object with these members and no others; all are there unless it says which."""
    needed = list(properties if required is None else required)
    return {
        "type": "object",
        "properties": dict(properties),
        "additionalProperties": False,
        **({"required": needed} if needed else {}),
        **more,
    }


def query(name: str, schema: Json, description: str = "", **more: Any) -> Json:
    """Describe an option of the query."""
    return _parameter("query", name, schema, description, more)


def header(name: str, schema: Json, description: str = "", **more: Any) -> Json:
    """Describe a header of the request."""
    return _parameter("header", name, schema, description, more)


def path(name: str, schema: Json, description: str = "", **more: Any) -> Json:
    """Describe a part of the path."""
    return _parameter("path", name, schema, description, {"required": True, **more})


def _parameter(place: str, name: str, schema: Json, description: str, more: Json) -> Json:
    return {
        "name": name,
        "in": place,
        **({"description": description} if description else {}),
        "schema": schema,
        **more,
    }


def told(name: str, schema: Json, description: str, *, required: bool = True) -> Json:
    """Describe a header of an answer."""
    return {name: {"description": description, "required": required, "schema": schema}}


def answer(
    description: str,
    schema: Json | None = None,
    *,
    media_type: str = JSON,
    headers: Json | None = None,
    example: Any = None,
) -> Json:
    """Describe an answer; without a schema it has no body."""
    shown: Json = {"description": description}
    if headers:
        shown["headers"] = headers
    if schema is not None:
        shown["content"] = _content(media_type, schema, example)
    return shown


def body(
    schema: Json, *, media_type: str = JSON, required: bool = True, example: Any = None
) -> Json:
    """Describe the body of a request."""
    return {"required": required, "content": _content(media_type, schema, example)}


def _content(media_type: str, schema: Json, example: Any) -> Json:
    return {media_type: {"schema": schema} | ({} if example is None else {"example": example})}


def call(
    name: str,
    summary: str,
    answers: Mapping[int, Json],
    refusals: Json,
    *,
    parameters: Sequence[Json] = (),
    request: Json | None = None,
    security: Sequence[Json] | None = None,
    **more: Any,
) -> Json:
    """Describe one method of a path; `name` is its operationId."""
    kept = {str(int(status)): each for status, each in answers.items()}
    return {
        "operationId": name,
        "summary": summary,
        **({"parameters": list(parameters)} if parameters else {}),
        **({"requestBody": request} if request else {}),
        **({} if security is None else {"security": list(security)}),
        "responses": dict(sorted((kept | refusals).items())),
        **more,
    }


def later(*statuses: int) -> dict[int, Json]:
    """Return the headers of refusals that may say when to come again."""
    return {
        status: told(
            "Retry-After", whole(1, 86_400), "Seconds to wait before the next try.", required=False
        )
        for status in statuses
    }
