"""Operators in their order: precedence climbing, typed as it goes (5.1.1.17)."""

from api.dam.odata.arithmetic import ARITHMETIC, calculate, negate
from api.dam.odata.names import COLLECTIONS
from api.dam.odata.operand import Operand
from api.dam.odata.operators import COMPARISONS, LOGIC, compare, join, membership, negation
from api.dam.odata.terms import Terms
from shared.domain.expression import Node

BINDING = {
    "or": 1, "and": 2, "eq": 3, "ne": 3, "gt": 4, "ge": 4, "lt": 4, "le": 4,
    "add": 5, "sub": 5, "mul": 6, "div": 6, "divby": 6, "mod": 6,
}  # fmt: skip
"""How tightly binary operators bind; unary ones do more, and `in` most of all."""


class Grammar(Terms):
    """The rules of operators, on top of those of operands."""

    def expression(self, floor: int = 1) -> Operand:
        """Read operands joined by operators that bind at least as tightly as `floor`."""
        cursor = self.cursor
        left = self._unary()
        while cursor.kind == "name":
            operator = cursor.word.lower()
            if BINDING.get(operator, 0) < floor:
                break
            left = self._chain(operator, left) if operator in LOGIC else self._pair(operator, left)
        return left

    def _chain(self, operator: str, first: Operand) -> Operand:
        """Read the rest of a chain of `and` or of `or`: one node, however long."""
        at, operands = self.cursor.at, [first]
        while self.cursor.word.lower() == operator:
            self.cursor.advance()
            operands.append(self.expression(BINDING[operator] + 1))
        return self.higher(join(LOGIC[operator], operands), at, *operands)._replace(at=first.at)

    def _pair(self, operator: str, left: Operand) -> Operand:
        """Read a comparison's or a calculation's right side; both are left-associative."""
        at = self.cursor.at
        self.cursor.advance()
        right = self.expression(BINDING[operator] + 1)
        if operator in COMPARISONS:
            node: Node = compare(COMPARISONS[operator], left, right)
        else:
            node = calculate(ARITHMETIC[operator], left, right)
        return self.higher(node, at, left, right)._replace(at=left.at)

    def _unary(self) -> Operand:
        """Read `not`, `-`, or what stands behind them."""
        cursor, at = self.cursor, self.cursor.at
        if cursor.word == "-":
            make = negate
        elif cursor.kind == "name" and cursor.word.lower() == "not":
            make = negation
        else:
            return self._primary()
        self.deeper()
        cursor.advance()
        operand = self._unary()
        self.shallower()
        return self.higher(make(operand), at, operand)

    def _primary(self) -> Operand:
        """Read an operand and what it is `in`, if anything."""
        cursor, operand = self.cursor, self.term()
        while cursor.kind == "name" and cursor.word.lower() == "in":
            cursor.advance()
            if cursor.word in COLLECTIONS and cursor.word not in self.scope.variables:
                node = self.in_collection(operand, COLLECTIONS[cursor.word], cursor.at)
                cursor.advance()
            else:
                node = self.higher(membership(operand, self._list()), cursor.at, operand)
            operand = node._replace(at=operand.at)
        return operand

    def _list(self) -> list[Operand]:
        """Read a list of literals, which may be empty."""
        cursor, found = self.cursor, list[Operand]()
        cursor.take("(", "and a list of literals, or tags, after in")
        while cursor.word != ")" or found:
            self.count_member()
            literal = self.literal()
            if literal is None:
                raise cursor.expected("a literal")
            found.append(literal)
            if cursor.word != ",":
                break
            cursor.advance()
        cursor.take(")", "or ',' after a member")
        return found
