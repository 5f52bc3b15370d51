"""Every error of the domain that can reach a caller has its status, also a kind of another."""

from http import HTTPStatus

import pytest

from api.faults import status_of
from shared.db.executor import SlowStatementError
from shared.domain.errors import StorageUnavailableError, UnavailableError


@pytest.mark.parametrize("kind", [UnavailableError, StorageUnavailableError, SlowStatementError])
def test_what_is_away_is_503_whatever_it_is(kind: type[UnavailableError]) -> None:
    assert status_of(kind) == HTTPStatus.SERVICE_UNAVAILABLE
