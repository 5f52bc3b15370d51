"""Where the reading of an expression stands: its token, its names, and how deep and long it is."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime

from api.dam.odata.limits import MAX_CHARACTERS, MAX_DEPTH, MAX_FILED, MAX_MEMBERS, MAX_TERMS
from api.dam.odata.names import Scope
from api.dam.odata.operand import Operand
from api.dam.odata.tokens import Cursor
from shared.domain.errors import InvalidInputError
from shared.domain.expression import Column, Node


class Reader(ABC):
    """What all rules share; each rule is a method that reads from its first token past its last."""

    def __init__(
        self,
        cursor: Cursor,
        properties: Mapping[str, Column],
        now: datetime,
        aliases: Mapping[str, str] | None = None,
    ) -> None:
        self.cursor = cursor
        self.aliases = aliases
        self.scope = Scope(properties)
        self.now = now
        self._depth = 0
        self._terms = 0
        self._members = 0
        self._filed = 0
        self._aliased_characters = 0

    @abstractmethod
    def expression(self, floor: int = 1) -> Operand:
        """Read operands joined by operators that bind at least as tightly as `floor`."""

    def count_term(self) -> None:
        """Count one more operand, before it is read."""
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise self.cursor.error(f"there are more than {MAX_TERMS} terms")

    def count_member(self) -> None:
        """Count one more member of a list, before it is read."""
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise self.cursor.error(f"its lists have more than {MAX_MEMBERS} members")

    def count_filed(self, at: int) -> None:
        """Count one more question about categories."""
        self._filed += 1
        if self._filed > MAX_FILED:
            raise self.cursor.error(
                f"categories are asked for more than {MAX_FILED} times; in (...) takes many ids", at
            )

    def count_aliased(self, characters: int) -> None:
        """Count what an alias stands for, each time, as if it were written there."""
        self._aliased_characters += characters
        if self._aliased_characters > MAX_CHARACTERS:
            raise self.cursor.error(f"its aliases have more than {MAX_CHARACTERS} characters")

    def deeper(self) -> None:
        """Go one level down, before the work of that level."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._too_deep(self.cursor.at)

    def shallower(self) -> None:
        """Come back from a level."""
        self._depth -= 1

    def open(self, why: str) -> int:
        """Go past a bracket and a level down; return where it stands."""
        bracket = self.cursor.at
        self.deeper()
        self.cursor.take("(", why)
        return bracket

    def close(self, bracket: int) -> None:
        """Go past the bracket that ends a level, and up."""
        self.cursor.take(")", f"for the '(' at character {bracket + 1}")
        self.shallower()

    def higher(self, node: Node, at: int, *operands: Operand) -> Operand:
        """Return a node on top of its operands, if it does not stand too high.

        Whoever walks the tree later needs no more than that many levels.
        """
        height = 1 + max([operand.height for operand in operands], default=0)
        if height > MAX_DEPTH:
            raise self._too_deep(at)
        return Operand(node, at, height)

    def _too_deep(self, at: int) -> InvalidInputError:
        return self.cursor.error(f"it is nested more than {MAX_DEPTH} levels deep", at)
