"""What can be said of the tags: `tags/any(...)`, `tags/all(...)`, `tags/$count` (5.1.1.13)."""

from typing import Literal

from api.dam.odata.operand import Operand
from api.dam.odata.operators import condition
from api.dam.odata.promotion import pair
from api.dam.odata.reader import Reader
from shared.domain.expression import Call, Compare, Quantified, Tag, Type

_QUANTIFIERS: dict[str, Literal["any", "all"]] = {"any": "any", "all": "all"}


class Lambdas(Reader):
    """The rules that begin behind the word `tags`, which stands at the character `at`."""

    def of_tags(self, at: int) -> Operand:
        """Read `/` and what comes behind it; the tags alone are no value."""
        cursor = self.cursor
        if cursor.word != "/":
            raise cursor.error("tags are many; write tags/any(t:t eq 'red') or tags/$count", at)
        cursor.advance()
        if cursor.word == "$count":
            cursor.advance()
            return Operand(Call("tag_count", (), Type.INTEGER), at)
        quantifier = _QUANTIFIERS.get(cursor.word.lower())
        if quantifier is None:
            raise cursor.expected("any(...), all(...) or $count after tags/")
        cursor.advance()
        return self._quantified(quantifier, at)

    def in_tags(self, operand: Operand, at: int) -> Operand:
        """Return what `'red' in tags` says: `tags/any(t:t eq 'red')`."""
        tag = Tag(len(self.scope.variables))
        equal = Compare("eq", *pair(Operand(tag, at), operand, "in"))
        return self.higher(Quantified("any", tag.depth, equal), at, operand)

    def _quantified(self, quantifier: Literal["any", "all"], at: int) -> Operand:
        """Read the variable and the predicate; only `any` may be without."""
        depth = len(self.scope.variables)
        bracket = self.open(f"after {quantifier}")
        if self.cursor.word == ")" and quantifier == "any":
            self.close(bracket)
            return Operand(Quantified("any", depth, None), at)
        variable = self._variable()
        self.scope.variables[variable] = Tag(depth)
        predicate = self.expression()
        del self.scope.variables[variable]
        self.close(bracket)
        node = condition(predicate, quantifier)
        return self.higher(Quantified(quantifier, depth, node), at, predicate)

    def _variable(self) -> str:
        """Read the name of the lambda's variable and the colon."""
        cursor = self.cursor
        variable = cursor.word
        if cursor.kind != "name":
            raise cursor.expected("a name for the tag, as in tags/any(t:t eq 'red')")
        if refusal := self.scope.refusal(variable):
            raise cursor.error(refusal)
        cursor.advance()
        cursor.take(":", f"after the variable {variable}")
        return variable
