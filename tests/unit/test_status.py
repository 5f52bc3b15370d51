"""The status table says everything there is to say about the statuses."""

import pytest

from shared.domain.status import BUSY, EDGES, RESTING, Status, sources_of

# design §3, spelled out once more on purpose: a change of the table has to change this too.
ALLOWED = {
    ("Vd", "Up"),
    ("Up", "Ok"),
    ("Up", "Er"),
    ("Ok", "Re"),
    ("Ok", "Up"),
    ("Re", "Ok"),
    ("Re", "Er"),
    ("Er", "Re"),
    ("Er", "Up"),
}


def test_the_table_has_a_row_for_every_status() -> None:
    assert set(EDGES) == set(Status)


def test_the_table_has_exactly_the_edges_of_the_design() -> None:
    assert {(source, target) for source, row in EDGES.items() for target in row} == ALLOWED


def test_a_status_is_either_busy_or_resting() -> None:
    assert set(Status) == BUSY | RESTING
    assert not BUSY & RESTING


@pytest.mark.parametrize("target", Status)
def test_sources_are_the_table_read_backwards(target: Status) -> None:
    assert sources_of(target) == {source for source in Status if target in EDGES[source]}


def test_whoever_is_busy_can_be_done_well_or_badly_and_nothing_else() -> None:
    for status in BUSY:
        assert EDGES[status] == {Status.READY, Status.FAILED}


def test_nothing_goes_back_to_void() -> None:
    assert not sources_of(Status.VOID)
