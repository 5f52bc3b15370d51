"""The order of a list, made total: `id` breaks ties."""

from collections.abc import Container, Sequence

from shared.domain.expression import Column, Type

Key = tuple[Column, bool]
"""A column, and whether it descends."""


def with_tie_breaker(order: Sequence[Key], unique: Container[str] = ("id",)) -> list[Key]:
    """Return the order with `id` last, in the direction of the last key.

    So one index serves both directions. What stands after a column that no two images of the list
    share decides nothing, and is left out.
    """
    keys: list[Key] = []
    for column, descends in order:
        keys.append((column, descends))
        if column.name in unique:
            return keys
    return [*keys, (Column("id", Type.INTEGER), bool(keys) and keys[-1][1])]
