"""The discrete cosine transform of small pictures (DCT-II), of which few low frequencies matter."""

from collections.abc import Sequence
from functools import cache
from math import cos, pi
from operator import mul

Rows = Sequence[Sequence[float]]


def frequencies(rows: Rows, across: int, down: int) -> list[list[float]]:
    """Return the `across` x `down` lowest frequencies as rows, the mean of all samples first.

    Each is the mean of samples times cosines; `rows` are equally long and not empty.
    """
    width, height = len(rows[0]), len(rows)
    by_row = [[dot(row, wave) / width for wave in waves(width, across)] for row in rows]
    columns = list(zip(*by_row, strict=True))
    return [[dot(column, wave) / height for column in columns] for wave in waves(height, down)]


def dot(left: Sequence[float], right: Sequence[float]) -> float:
    """Return the sum of the products; `math.sumprod` is of Python 3.12."""
    return sum(map(mul, left, right), 0.0)


@cache
def waves(length: int, count: int) -> tuple[tuple[float, ...], ...]:
    """Return `count` cosines of rising frequency, sampled at the middles of `length` samples."""
    return tuple(
        tuple(cos(pi / length * frequency * (at + 0.5)) for at in range(length))
        for frequency in range(count)
    )
