"""What is told of lists that cannot be answered."""

import asyncpg

from shared.domain.errors import InvalidInputError, UnavailableError


def out_of_range(error: asyncpg.DataError) -> InvalidInputError:
    """Say that numbers or times of a filter grow too large."""
    return InvalidInputError(
        f"A calculation of the filter leaves the range of its type: {error.args[0]}.",
        field="$filter",
    )


def too_slow() -> UnavailableError:
    """Say how to narrow a query that takes too long."""
    return UnavailableError(
        "This list takes too long. Narrow it: compare status, fileType, tags or a time first, give "
        "contains() at least three characters, or sort by createdOn.",
        retry_after_s=5,
    )
