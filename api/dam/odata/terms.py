"""Operands: literals, groups, calls, properties and variables (5.1.1.3, 5.1.1.4, 5.1.1.14)."""

from api.dam.odata.functions import FUNCTIONS, NOW, call
from api.dam.odata.lambdas import Lambdas
from api.dam.odata.literals import NULL, PARSERS, WORDS
from api.dam.odata.names import COLLECTIONS, INSTANCE, nearest
from api.dam.odata.operand import Operand
from api.dam.odata.times import is_in_utc
from api.dam.odata.tokens import Cursor
from shared.domain.expression import Type


class Terms(Lambdas):
    """The rules of what operators join."""

    def term(self) -> Operand:
        """Read an operand."""
        self.count_term()
        if literal := self.literal():
            return literal
        if self.cursor.word == "(":
            return self._group()
        if self.cursor.kind == "name":
            return self._named()
        raise self.cursor.expected("a property, a literal, a function or '('")

    def literal(self) -> Operand | None:
        """Read a literal, or a parameter alias of one, if one stands here."""
        cursor, at = self.cursor, self.cursor.at
        operand = self._aliased(cursor.word, at) if cursor.kind == "alias" else _literal(cursor, at)
        if operand is not None:
            cursor.advance()
        return operand

    def _aliased(self, name: str, at: int) -> Operand:
        """Return the literal that another option gives to an alias, or else null (5.3)."""
        if self.aliases is None:
            raise self.cursor.error("parameter aliases are not supported here")
        if name not in self.aliases:
            return Operand(NULL, at)
        self.count_aliased(len(self.aliases[name]))
        value = Cursor(self.aliases[name], name)
        operand = _literal(value, at)
        if operand is None:
            raise value.expected("a literal")
        value.advance()
        if value.kind != "end":
            raise value.expected("the end, since an alias stands for one literal")
        return operand

    def _group(self) -> Operand:
        """Read an expression in brackets; the brackets leave nothing behind."""
        bracket = self.open("")
        inner = self.expression()
        self.close(bracket)
        return inner._replace(at=bracket)

    def _named(self) -> Operand:
        """Read what begins with a name."""
        cursor = self.cursor
        name, at = cursor.word, cursor.at
        cursor.advance()
        if cursor.word == "(":
            return self._call(name, at)
        node = self.scope.find(name)
        if node is None and name == INSTANCE:
            return self._of_instance()
        if node is None and name in COLLECTIONS:
            return self.of_collection(COLLECTIONS[name], at)
        if node is None:
            raise cursor.error(self.scope.unknown(name), at)
        if cursor.word == "/":
            raise cursor.error(f"{name} is one value, with nothing behind a '/'")
        return Operand(node, at)

    def _of_instance(self) -> Operand:
        """Read `/` and a property after `$it`, which is the image, also inside a lambda."""
        cursor = self.cursor
        cursor.take("/", "and a property after $it")
        name, at = cursor.word, cursor.at
        if cursor.kind != "name":
            raise cursor.expected("a property after $it/")
        cursor.advance()
        if name in COLLECTIONS:
            return self.of_collection(COLLECTIONS[name], at)
        if name not in self.scope.properties:
            raise cursor.error(self.scope.unknown(name), at)
        return Operand(self.scope.properties[name], at)

    def _call(self, name: str, at: int) -> Operand:
        """Read the operands of a function."""
        function = name.lower()
        if function not in FUNCTIONS and function != NOW:
            hint = nearest(name, [*FUNCTIONS, NOW])
            raise self.cursor.error(f"there is no function {name}{hint}", at)
        bracket = self.open("")
        operands: list[Operand] = []
        while self.cursor.word != ")" or operands:
            operands.append(self.expression())
            if self.cursor.word != ",":
                break
            self.cursor.advance()
        self.close(bracket)
        return self.higher(call(function, at, operands, self.now), at, *operands)


def _literal(cursor: Cursor, at: int) -> Operand | None:
    """Return what the token says if it is a literal; the cursor stays on it."""
    kind, word = cursor.kind, cursor.word
    if kind in PARSERS:
        constant = PARSERS[kind](word)
    elif kind == "name" and word.lower() in WORDS:
        constant = WORDS[word.lower()]
    else:
        return None
    return Operand(constant, at, zoned=constant.type is Type.MOMENT and not is_in_utc(word))
