"""The one table of status edges; every change of a status is checked against it in one UPDATE."""

from enum import StrEnum


class Status(StrEnum):
    """Status of an image's newest revision, in the words of the DAM contract."""

    VOID = "Vd"
    UPDATING = "Up"
    READY = "Ok"
    REPROCESSING = "Re"
    FAILED = "Er"


EDGES: dict[Status, frozenset[Status]] = {
    Status.VOID: frozenset({Status.UPDATING}),
    Status.UPDATING: frozenset({Status.READY, Status.FAILED}),
    Status.READY: frozenset({Status.REPROCESSING, Status.UPDATING}),
    Status.REPROCESSING: frozenset({Status.READY, Status.FAILED}),
    Status.FAILED: frozenset({Status.REPROCESSING, Status.UPDATING}),
}

BUSY = frozenset({Status.UPDATING, Status.REPROCESSING})
"""A worker owns the image: every other change is a conflict, to be retried."""

RESTING = frozenset(Status) - BUSY
"""Nobody works on the image: it may be changed, replaced and deleted."""


def sources_of(target: Status) -> frozenset[Status]:
    """Return the statuses from which an image may move to `target`."""
    return frozenset(source for source, targets in EDGES.items() if target in targets)
