"""Operations between use case and wire: what a call asks for, and how an operation is shown."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.dam.edits import parse_changes_of_tags
from api.dam.odata.filter import parse_filter
from api.dam.odata.query import flag, read_query
from api.dam.schema import SCALARS, time_of
from shared.domain.errors import InvalidInputError
from shared.domain.expression import Node
from shared.domain.operation import FailedItem, Operation, OperationKind, Order

FILTER, DRY_RUN, EXPECTED = "$filter", "dryRun", "expectedCount"
OPTIONS = (FILTER, DRY_RUN, EXPECTED)
TAGS = ("add", "remove")
MAX_COUNT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class BulkCall:
    """What is to be done to which images; `expected` is None where they are only counted."""

    order: Order
    wanted: Node
    expected: int | None


def read_call(kind: OperationKind, raw_query: str, body: Any) -> BulkCall:
    """Read the options, which may stand in the query or in the body, or say which one is wrong."""
    options = _options(kind, read_query(raw_query, OPTIONS), body)
    text = _filter(options)
    expected = None if _is_dry_run(options) else _expected(options)
    tags = _tags(options, is_needed=expected is not None and kind is OperationKind.TAG)
    order = Order(kind, text, *tags)
    return BulkCall(order, parse_filter(text, SCALARS), expected)


def _options(kind: OperationKind, query: dict[str, str], body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise InvalidInputError("The body is a JSON object, or there is none.")
    known = (*OPTIONS, *TAGS) if kind is OperationKind.TAG else OPTIONS
    if FILTER in body and "filter" in body:
        raise InvalidInputError(f"{FILTER} is given twice.", field=FILTER)
    given = {FILTER if name == "filter" else name: value for name, value in body.items()}
    if unknown := sorted((query.keys() | given.keys()) - set(known)):
        name = unknown[0][:40]
        raise InvalidInputError(f"There is no {name!r}; there are {', '.join(known)}.", field=name)
    if twice := sorted(query.keys() & given.keys()):
        raise InvalidInputError(f"{twice[0]} is given twice.", field=twice[0])
    return given | query


def _filter(options: dict[str, Any]) -> str:
    text = options.get(FILTER)
    if not isinstance(text, str) or not text.strip():
        raise InvalidInputError(
            "$filter says which images are meant, as in the list; it is required.", field=FILTER
        )
    if "\0" in text:
        raise InvalidInputError(f"{FILTER} holds a NUL, which no text here can.", field=FILTER)
    return text


def _tags(options: dict[str, Any], *, is_needed: bool) -> tuple[Sequence[str], Sequence[str]]:
    told = {name: options[name] for name in TAGS if name in options}
    if not any(told.values()):
        if not is_needed:
            return (), ()
        raise InvalidInputError('Send {"add": […], "remove": […]} with one or more tags.')
    return parse_changes_of_tags(told)


def _is_dry_run(options: dict[str, Any]) -> bool:
    dry = options.get(DRY_RUN, False)
    if isinstance(dry, bool):
        return dry
    return flag({DRY_RUN: str(dry)}, DRY_RUN)


def _expected(options: dict[str, Any]) -> int:
    value = options.get(EXPECTED)
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,10}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_COUNT:
        raise InvalidInputError(
            "expectedCount is required: how many images you expect to be changed, as dryRun=true "
            "counts them.",
            field=EXPECTED,
        )
    return value


def render(operation: Operation, *, zoned: bool) -> dict[str, Any]:
    """Return an operation's wire form."""
    order = operation.order
    body: dict[str, Any] = {
        "id": str(operation.id),
        "kind": order.kind.value,
        "state": operation.state.value,
        "total": operation.total,
        "done": operation.done,
        "failed": operation.failed,
        "filter": order.filter,
        "createdOn": _time(operation.created_on, zoned=zoned),
        "finishedOn": _time(operation.finished_on, zoned=zoned),
        "undoOf": str(order.undo_of) if order.undo_of else None,
        "undoneBy": str(operation.undone_by) if operation.undone_by else None,
    }
    return body | ({"add": order.add_tags, "remove": order.remove_tags} if order.has_tags else {})


def render_failures(failures: Sequence[FailedItem]) -> dict[str, Any]:
    """Return the wire form of images with which an operation did not succeed."""
    return {
        "failures": [
            {"reference": item.reference, "reason": item.reason, "detail": item.detail}
            for item in failures
        ]
    }


def _time(moment: datetime | None, *, zoned: bool) -> str | None:
    return None if moment is None else time_of(moment) + ("Z" if zoned else "")
