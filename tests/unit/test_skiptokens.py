"""`$skiptoken`: what it keeps, and that nothing is believed that another secret signed."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from api.skiptokens import Skiptokens
from shared.domain.errors import InvalidInputError
from shared.domain.expression import Column, Type

TOKENS = Skiptokens(bytes(32))
KEYS = [
    (Column("created_on", Type.MOMENT), True),
    (Column("uid", Type.GUID), False),
    (Column("title", Type.STRING), False),
    (Column("id", Type.INTEGER), False),
]
VALUES = (datetime(2024, 4, 5, 8, 44, 33, tzinfo=UTC), UUID(int=7), None, 2**63 - 1)


def test_values_come_back_as_they_were() -> None:
    token = TOKENS.encode(KEYS, VALUES, ["$filter=true"])
    assert TOKENS.decode(token, KEYS, ["$filter=true"]) == VALUES


def test_a_token_of_another_secret_is_refused() -> None:
    token = Skiptokens(bytes([1] * 32)).encode(KEYS, VALUES)
    with pytest.raises(InvalidInputError):
        TOKENS.decode(token, KEYS)


@pytest.mark.parametrize(
    ("kind", "value"),
    [(Type.MOMENT, "0001-01-01T00:00:00+14:00"), (Type.INTEGER, 2**63), (Type.STRING, "a\0b")],
)
def test_what_a_key_cannot_be_is_refused_though_it_is_signed(kind: Type, value: object) -> None:
    keys = [(Column("key", kind), False)]
    with pytest.raises(InvalidInputError):
        TOKENS.decode(TOKENS.encode(keys, [value]), keys)
