"""Two lists side by side: nothing is passed over, and disorder is noticed."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import StorageRefusedError
from shared.usecases.upkeep.walking import batches, in_order, paged, side_by_side

KEYS = st.sets(st.text("aZ!é\uff5e\U0001f5bc/.", min_size=1, max_size=4), max_size=30)


@dataclass(frozen=True)
class Item:
    """What has a key."""

    key: str


async def walk(keys: Iterable[str]) -> AsyncIterator[Item]:
    """Yield items of these keys."""
    for key in keys:
        yield Item(key)


def in_bytes(keys: Iterable[str]) -> list[str]:
    """Sort as S3 servers do."""
    return sorted(keys, key=str.encode)


@given(KEYS, KEYS)
async def test_every_key_comes_once_with_its_like_or_alone(one: set[str], two: set[str]) -> None:
    lefts, rights = in_order(walk(in_bytes(one))), in_order(walk(in_bytes(two)))
    pairs = [pair async for pair in side_by_side(lefts, rights)]
    assert [(left or right) for left, right in pairs] == [Item(key) for key in in_bytes(one | two)]
    assert {left.key for left, right in pairs if left and right} == one & two
    assert {left.key for left, right in pairs if left and not right} == one - two


@pytest.mark.parametrize("keys", [["b", "a"], ["a", "a"], ["\U0001f5bc", "\uff5e"]])
async def test_a_listing_in_another_order_is_refused(keys: list[str]) -> None:
    with pytest.raises(StorageRefusedError, match="order"):
        [item async for item in in_order(walk(keys))]


@given(st.integers(0, 20), st.integers(1, 7))
async def test_pages_and_batches_lose_nothing(total: int, size: int) -> None:
    async def page(after: int) -> list[int]:
        return list(range(after + 1, min(after + size, total) + 1))

    cut = [batch async for batch in batches(paged(page, 0, int), size)]
    assert [number for batch in cut for number in batch] == list(range(1, total + 1))
    assert all(len(batch) == size for batch in cut[:-1])
