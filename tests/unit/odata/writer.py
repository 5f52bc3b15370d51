"""Writes random expressions, typed: the rules of the grammar turned round."""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, TypeAlias
from uuid import UUID

from hypothesis import strategies as st

from shared.domain.expression import Column, Type
from tests.unit.odata.literal_texts import SAMPLES, WORD, text_of

GAP, BLANK = "\x00", "\x01"
"""Stand for blanks that have to be, and that may be."""

OPEN, CLOSE = "\x03", "\x04"
"""Stand around what binds tightly enough: where the standard says that brackets change nothing."""

_BINDING = {"or": 1, "and": 2, "eq": 3, "ne": 3, "gt": 4, "ge": 4, "lt": 4, "le": 4}
_BINDING |= {"add": 5, "sub": 5, "mul": 6, "div": 6, "divby": 6, "mod": 6}
_UNARY, _MEMBER, _TERM = 7, 8, 9
_VARIABLES = ["t", "nullable", "anyone", "truest", "nothing", "eq", "\u00fcber", "_x1"]
CATEGORIES, MAX_FILED = "categories", 3
_ENDING = ["1", "2", "-4", "8", "0.5", "2.5", "0", "-10"]

Piece: TypeAlias = tuple[str, int]
"""A text and how tightly its outermost operator binds."""

Rule: TypeAlias = Callable[[Type, int], Piece]
"""Writes a piece of a type, with operands of at most some height."""


def _word(text: str) -> str:
    return WORD + text


class Writer:
    """Writes pieces of a type, at most `depth` operators high."""

    def __init__(
        self,
        draw: st.DrawFn,
        properties: Mapping[str, Column],
        samples: Mapping[Type, Sequence[Any]],
        random: Random,
    ) -> None:
        self.draw = draw
        self.samples = samples
        self.random = random
        self.names = {
            type_: [name for name, column in properties.items() if column.type is type_]
            for type_ in Type
        }
        self.ids = [text for text in samples[Type.STRING] if len(text) == len(str(UUID(int=0)))]
        self.filed = 0
        self.variables: list[str] = []

    def of(self, type_: Type, depth: int) -> Piece:
        """Write anything of a type, or null."""
        if depth <= 0 or self._chance(0.1 if type_ is Type.BOOLEAN else 0.25):
            return self._leaf(type_)
        rules: dict[Type, list[Rule]] = {
            Type.BOOLEAN: [
                self._comparison, self._comparison, self._logic, self._logic, self._negation,
                self._member, self._matching, self._quantified, self._in_tags,
            ],
            Type.STRING: [self._text_function, self._substring],
            Type.INTEGER: [self._whole, self._count_of, self._part, self._minus, self._quotient],
            Type.DECIMAL: [self._fraction, self._rounded, self._minus],
            Type.MOMENT: [self._moved],
            Type.DATE: [self._date_of, self._moved],
            Type.DURATION: [self._apart, self._stretched, self._minus],
            Type.GUID: [self._bracketed],
        }  # fmt: skip
        return self.draw(st.sampled_from([*rules[type_], self._bracketed]))(type_, depth - 1)

    def _chance(self, probability: float) -> bool:
        return self.draw(st.integers(0, 99)) < probability * 100

    def _one(self, choices: Sequence[Any]) -> Any:
        return self.draw(st.sampled_from(choices))

    def _leaf(self, type_: Type) -> Piece:
        """Write a property, a variable, a literal or null."""
        names = [*self.names[type_], *(self.variables if type_ is Type.STRING else [])]
        if names and self._chance(0.6):
            name = self._one(names)
            of_instance = name not in self.variables and self.random.random() < 0.05
            return (f"$it/{name}" if of_instance else name), _TERM
        return self._literal(type_)

    def _literal(self, type_: Type) -> Piece:
        value = None if self._chance(0.08) else self._one(self.samples[type_])
        return text_of(value, self.random), _TERM

    def _tied(self, piece: Piece, binding: int) -> str:
        """Return a piece, in brackets if it binds less, and now and then without need."""
        text, tightness = piece
        if tightness < binding or self.random.random() < 0.05:
            return f"({BLANK}{text}{BLANK})"
        return text if tightness == _TERM else f"{OPEN}{text}{CLOSE}"

    def _bracketed(self, type_: Type, depth: int) -> Piece:
        return f"({BLANK}{self.of(type_, depth)[0]}{BLANK})", _TERM

    def _joined(self, operator: str, left: Piece, right: Piece) -> Piece:
        """Write a binary operator, which is left-associative; chains of and, or are one node."""
        binding = _BINDING[operator]
        is_chain = operator in {"and", "or"} and left[1] == binding
        first = left[0] if is_chain else self._tied(left, binding)
        return GAP.join((first, _word(operator), self._tied(right, binding + 1))), binding

    def _called(self, name: str, *operands: Piece) -> Piece:
        inside = f"{BLANK},{BLANK}".join(text for text, _ in operands)
        return f"{_word(name)}({BLANK}{inside}{BLANK})", _TERM

    def _comparison(self, _: Type, depth: int) -> Piece:
        left, right = self._one(
            [
                *((type_, type_) for type_ in SAMPLES),
                (Type.INTEGER, Type.DECIMAL), (Type.DECIMAL, Type.INTEGER),
                (Type.DATE, Type.MOMENT), (Type.MOMENT, Type.DATE), (Type.STRING, Type.STRING),
            ]
        )  # fmt: skip
        operator = self._one(["eq", "ne", "lt", "le", "gt", "ge"])
        return self._joined(operator, self.of(left, depth), self.of(right, depth))

    def _logic(self, _: Type, depth: int) -> Piece:
        operator = self._one(["and", "or"])
        piece = self.of(Type.BOOLEAN, depth)
        for _count in range(self._one([1, 1, 2])):
            piece = self._joined(operator, piece, self.of(Type.BOOLEAN, depth))
        return piece

    def _negation(self, _: Type, depth: int) -> Piece:
        operand = self._tied(self.of(Type.BOOLEAN, depth), _UNARY)
        gap = BLANK if operand.startswith("(") else GAP
        return f"{_word('not')}{gap}{operand}", _UNARY

    def _member(self, _: Type, depth: int) -> Piece:
        type_ = self._one(list(SAMPLES))
        operand = self._tied(self.of(type_, depth), _MEMBER)
        mixed = [{Type.DATE, Type.MOMENT}, {Type.INTEGER, Type.DECIMAL}]
        types = [type_, *(each for pair in mixed if type_ in pair for each in pair)]
        members = [self._literal(self._one(types))[0] for _count in range(self._one([0, 1, 2, 4]))]
        inside = f"{BLANK},{BLANK}".join(members)
        return f"{operand}{GAP}{_word('in')}{GAP}({BLANK}{inside}{BLANK})", _MEMBER

    def _matching(self, _: Type, depth: int) -> Piece:
        name = self._one(["contains", "startswith", "endswith"])
        return self._called(name, self.of(Type.STRING, depth), self.of(Type.STRING, depth))

    def _quantified(self, _: Type, depth: int) -> Piece:
        collection = self._collection()
        if self._chance(0.15):
            return f"{collection}/{_word('any')}({BLANK})", _TERM
        variable = self._one([name for name in _VARIABLES if name not in self.variables])
        self.variables.append(variable)
        predicate, _binding = self.of(Type.BOOLEAN, depth)
        if collection == CATEGORIES and self.ids and self._chance(0.5):
            predicate = GAP.join((variable, _word("eq"), f"'{self._one(self.ids)}'"))
        self.variables.pop()
        quantifier = _word(self._one(["any", "all"]))
        inside = f"{BLANK}{variable}{BLANK}:{BLANK}{predicate}{BLANK}"
        return f"{collection}/{quantifier}({inside})", _TERM

    def _collection(self) -> str:
        """Name what is asked of: seldom categories, each of which costs a join."""
        if self.filed == MAX_FILED or not self._chance(0.2):
            return "tags"
        self.filed += 1
        return CATEGORIES

    def _in_tags(self, _: Type, depth: int) -> Piece:
        operand = self._tied(self.of(Type.STRING, depth), _MEMBER)
        return GAP.join((operand, _word("in"), self._collection())), _MEMBER

    def _text_function(self, _: Type, depth: int) -> Piece:
        name = self._one(["tolower", "toupper", "trim", "concat"])
        operands = [self.of(Type.STRING, depth) for _count in range(1 + (name == "concat"))]
        return self._called(name, *operands)

    def _substring(self, _: Type, depth: int) -> Piece:
        bounds = [self._bound(depth) for _count in range(self._one([1, 2]))]
        return self._called("substring", self.of(Type.STRING, depth), *bounds)

    def _bound(self, depth: int) -> Piece:
        """Write a start or a length, which cannot be a negative literal."""
        if self._chance(0.6):
            return self._one(["0", "1", "2", "5", "100"]), _TERM
        return self._count_of(Type.INTEGER, depth)

    def _count_of(self, _: Type, depth: int) -> Piece:
        name = self._one(["length", "indexof", "tags"])
        if name == "tags":
            return f"{self._collection()}/$count", _TERM
        operands = [self.of(Type.STRING, depth) for _count in range(1 + (name == "indexof"))]
        return self._called(name, *operands)

    def _part(self, _: Type, depth: int) -> Piece:
        name = self._one(["year", "month", "day", "hour", "minute", "second"])
        type_ = Type.MOMENT
        if name in {"year", "month", "day"} and self._chance(0.5):
            type_ = Type.DATE
        return self._called(name, self._in_utc(type_, depth))

    def _in_utc(self, type_: Type, depth: int) -> Piece:
        """Write a time that is no literal, which could be in another zone."""
        piece = self.of(type_, depth)
        if piece[0].lstrip(OPEN)[0] not in "0123456789(":
            return piece
        return self._one([*self.names[type_], WORD + "null"]), _TERM

    def _whole(self, _: Type, depth: int) -> Piece:
        operator = self._one(["add", "sub", "mul"])
        return self._joined(operator, self.of(Type.INTEGER, depth), self.of(Type.INTEGER, depth))

    def _quotient(self, _: Type, depth: int) -> Piece:
        operator = self._one(["div", "mod"])
        return self._joined(operator, self._leaf(Type.INTEGER), self.of(Type.INTEGER, depth))

    def _minus(self, type_: Type, depth: int) -> Piece:
        return f"-{BLANK}{self._tied(self.of(type_, depth), _UNARY)}", _UNARY

    def _fraction(self, _: Type, depth: int) -> Piece:
        operator = self._one(["add", "sub", "mul", "divby", "div", "mod"])
        if operator.startswith("div"):
            left = self._leaf(Type.DECIMAL if operator == "div" else Type.INTEGER)
            return self._joined(operator, left, (self._one(_ENDING), _TERM))
        left, right = self._one([(Type.INTEGER, Type.DECIMAL), (Type.DECIMAL, Type.DECIMAL)])
        return self._joined(operator, self.of(left, depth), self.of(right, depth))

    def _rounded(self, _: Type, depth: int) -> Piece:
        return self._called(self._one(["round", "floor", "ceiling"]), self.of(Type.DECIMAL, depth))

    def _moved(self, type_: Type, depth: int) -> Piece:
        operator = self._one(["add", "sub"])
        return self._joined(operator, self.of(type_, depth), self.of(Type.DURATION, depth))

    def _date_of(self, _: Type, depth: int) -> Piece:
        return self._called("date", self._in_utc(Type.MOMENT, depth))

    def _apart(self, _: Type, depth: int) -> Piece:
        if self._chance(0.3):
            operator = self._one(["add", "sub"])
            return self._joined(
                operator, self.of(Type.DURATION, depth), self.of(Type.DURATION, depth)
            )
        left, right = self._one([(Type.MOMENT, Type.MOMENT), (Type.DATE, Type.DATE)])
        return self._joined("sub", self.of(left, depth), self.of(right, depth))

    def _stretched(self, _: Type, _depth: int) -> Piece:
        operator = self._one(["mul", "div", "divby"])
        factor = self._one(["2", "-1", "4", "0.5", "0"]), _TERM
        duration = self._leaf(Type.DURATION)
        if operator == "mul" and self._chance(0.3):
            return self._joined(operator, factor, duration)
        return self._joined(operator, duration, factor)
