"""What can be said of tags and categories: `any(...)`, `all(...)`, `$count` (5.1.1.13)."""

from typing import Literal

from api.dam.odata.operand import Operand
from api.dam.odata.operators import condition
from api.dam.odata.promotion import pair
from api.dam.odata.reader import Reader
from shared.domain.expression import Call, Collection, Compare, Function, Quantified, Tag, Type

_EXAMPLES: dict[Collection, str] = {
    "tags": "tags/any(t:t eq 'red')",
    "categories": "categories/any(c:c eq '{id}')",
}
_COUNTS: dict[Collection, Function] = {"tags": "tag_count", "categories": "category_count"}
_QUANTIFIERS: dict[str, Literal["any", "all"]] = {"any": "any", "all": "all"}


class Lambdas(Reader):
    """The rules that begin behind the name of a collection, which stands at the character `at`."""

    def of_collection(self, collection: Collection, at: int) -> Operand:
        """Read `/` and what comes behind it; the collection alone is no value."""
        cursor = self.cursor
        if cursor.word != "/":
            raise cursor.error(
                f"{collection} are many; write {_EXAMPLES[collection]} or {collection}/$count", at
            )
        if collection == "categories":
            self.count_filed(at)
        cursor.advance()
        if cursor.word == "$count":
            cursor.advance()
            return Operand(Call(_COUNTS[collection], (), Type.INTEGER), at)
        quantifier = _QUANTIFIERS.get(cursor.word.lower())
        if quantifier is None:
            raise cursor.expected(f"any(...), all(...) or $count after {collection}/")
        cursor.advance()
        return self._quantified(quantifier, collection, at)

    def in_collection(self, operand: Operand, collection: Collection, at: int) -> Operand:
        """Return what `'red' in tags` says: `tags/any(t:t eq 'red')`."""
        if collection == "categories":
            self.count_filed(at)
        tag = Tag(len(self.scope.variables))
        equal = Compare("eq", *pair(Operand(tag, at), operand, "in"))
        return self.higher(Quantified("any", tag.depth, equal, collection), at, operand)

    def _quantified(
        self, quantifier: Literal["any", "all"], collection: Collection, at: int
    ) -> Operand:
        """Read the variable and the predicate; only `any` may be without."""
        depth = len(self.scope.variables)
        bracket = self.open(f"after {quantifier}")
        if self.cursor.word == ")" and quantifier == "any":
            self.close(bracket)
            return Operand(Quantified("any", depth, None, collection), at)
        variable = self._variable(_EXAMPLES[collection])
        self.scope.variables[variable] = Tag(depth)
        predicate = self.expression()
        del self.scope.variables[variable]
        self.close(bracket)
        node = condition(predicate, quantifier)
        return self.higher(Quantified(quantifier, depth, node, collection), at, predicate)

    def _variable(self, example: str) -> str:
        """Read the name of the lambda's variable and the colon."""
        cursor = self.cursor
        variable = cursor.word
        if cursor.kind != "name":
            raise cursor.expected(f"a name for each of them, as in {example}")
        if refusal := self.scope.refusal(variable):
            raise cursor.error(refusal)
        cursor.advance()
        cursor.take(":", f"after the variable {variable}")
        return variable
