"""Operations: one change to all images that a filter selects."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from fototeca_client.calls import Calls

JSON = {"Content-Type": "application/json"}


class Bulk(StrEnum):
    """What can be done to many images at once."""

    REPROCESS = "reprocess"
    TAG = "tag"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Operation:
    """How far an operation is: `failed` counts what was skipped too. `fields` is the answer."""

    id: str
    kind: str
    state: str
    total: int
    done: int
    failed: int
    created_on: datetime
    fields: Mapping[str, Any]

    @property
    def is_running(self) -> bool:
        """Whether there are images that it has not met."""
        return self.state == "running"


class Operations:
    """The calls; `Fototeca.operations` has them."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def count(self, kind: Bulk, filter: str) -> int:  # noqa: A002 -- the option's name
        """Return how many images a filter selects, exactly, and change nothing."""
        answer = await self._post(f"/images/{kind}?dryRun=true", {"$filter": filter})
        return int(answer["count"])

    async def begin(
        self,
        kind: Bulk,
        filter: str,  # noqa: A002
        expected_count: int,
        *,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
    ) -> Operation:
        """Change what a filter selects; ConflictError if that is not about `expected_count`."""
        body = _body(filter, add, remove) | {"expectedCount": expected_count}
        return _read(await self._post(f"/images/{kind}", body))

    async def get(self, operation_id: str) -> Operation:
        """Return an operation; `fields["failures"]` says with which images it did not succeed."""
        return _read((await self._calls.call("GET", f"/operations/{operation_id}")).json)

    async def latest(self) -> list[Operation]:
        """Return the last hundred, the newest first."""
        answer = await self._calls.call("GET", "/operations")
        return [_read(fields) for fields in answer.json["value"]]

    async def cancel(self, operation_id: str) -> Operation:
        """Begin no further image; what was changed stays so."""
        return _read(await self._post(f"/operations/{operation_id}/cancel", None))

    async def undo(self, operation_id: str) -> Operation:
        """Take back what an operation of tags or deletes changed; return the one that does."""
        return _read(await self._post(f"/operations/{operation_id}/undo", None))

    async def _post(self, path: str, body: Mapping[str, Any] | None) -> Any:  # noqa: ANN401
        """Send once, however often the connection breaks."""
        headers = {"Idempotency-Key": str(uuid4())} | ({} if body is None else JSON)
        data = None if body is None else json.dumps(body).encode()
        return (await self._calls.call("POST", path, headers=headers, body=data)).json


def _body(wanted: str, add: Sequence[str], remove: Sequence[str]) -> dict[str, Any]:
    tags = {"add": list(add), "remove": list(remove)}
    return {"$filter": wanted} | {name: value for name, value in tags.items() if value}


def _read(fields: Mapping[str, Any]) -> Operation:
    return Operation(
        id=fields["id"],
        kind=fields["kind"],
        state=fields["state"],
        total=fields["total"],
        done=fields["done"],
        failed=fields["failed"],
        created_on=datetime.fromisoformat(fields["createdOn"]).replace(tzinfo=UTC),
        fields=fields,
    )
