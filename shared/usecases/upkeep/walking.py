"""Two long lists side by side, in bounded memory: both in the order of their keys' bytes."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from shared.domain.errors import StorageRefusedError

T = TypeVar("T")
Mark = TypeVar("Mark")


class Keyed(Protocol):
    """What has a key."""

    @property
    def key(self) -> str: ...


Left = TypeVar("Left", bound=Keyed)
Right = TypeVar("Right", bound=Keyed)


async def paged(
    page: Callable[[Mark], Awaitable[Sequence[T]]], start: Mark, mark_of: Callable[[T], Mark]
) -> AsyncGenerator[T, None]:
    """Yield every row of pages that each begin after the last row's mark."""
    after = start
    while rows := await page(after):
        for row in rows:
            yield row
        after = mark_of(rows[-1])


async def in_order(items: AsyncIterator[Right]) -> AsyncGenerator[Right, None]:
    """Let through what ascends; raise StorageRefusedError where it does not.

    Texts compare by code point, which is the order of their UTF-8 bytes.
    """
    last = ""
    async for item in items:
        if item.key <= last:
            raise StorageRefusedError(
                f"{item.key} is listed after {last}, not in the order of their bytes: "
                "the bucket cannot be compared."
            )
        last = item.key
        yield item


async def side_by_side(
    lefts: AsyncIterator[Left], rights: AsyncIterator[Right]
) -> AsyncGenerator[tuple[Left | None, Right | None], None]:
    """Yield what has the same key together, and None beside what stands alone."""
    left, right = await anext(lefts, None), await anext(rights, None)
    while left is not None or right is not None:
        if right is None or (left is not None and left.key < right.key):
            yield left, None
            left = await anext(lefts, None)
        elif left is None or right.key < left.key:
            yield None, right
            right = await anext(rights, None)
        else:
            yield left, right
            left, right = await anext(lefts, None), await anext(rights, None)


async def batches(items: AsyncIterator[T], size: int) -> AsyncGenerator[list[T], None]:
    """Yield the items, `size` at a time."""
    batch: list[T] = []
    async for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
