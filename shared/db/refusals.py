"""What is told of lists that cannot be answered, and who runs the statements of lists."""

import asyncpg

from shared.db.executor import Executor, SlowStatementError
from shared.domain.errors import InvalidInputError, UnavailableError


class ListExecutor(Executor):
    """Runs the statements of lists: what goes wrong is told as the list's."""

    async def read(
        self, statement: str, args: list[object], reader: Executor | None = None
    ) -> list[asyncpg.Record]:
        """Return all rows; `reader` has sessions of another kind."""
        try:
            return await (reader or self).rows_of(statement, *args)
        except asyncpg.DataError as error:
            raise out_of_range(error) from error
        except SlowStatementError as error:
            raise too_slow() from error

    async def read_one(
        self, statement: str, args: list[object], reader: Executor | None = None
    ) -> asyncpg.Record:
        """Return the one row."""
        (row,) = await self.read(statement, args, reader)
        return row


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
