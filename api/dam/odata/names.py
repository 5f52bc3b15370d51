"""What a name stands for: a property, a collection, or the variable of a lambda."""

import difflib
from collections.abc import Iterable, Mapping

from api.dam.odata.literals import WORDS
from shared.domain.expression import Collection, Column, Node, Tag

COLLECTIONS: dict[str, Collection] = {"tags": "tags", "categories": "categories"}
INSTANCE = "$it"
_RESERVED = {*WORDS, "not"}


class Scope:
    """The names that may be used at some place of an expression; they are case-sensitive."""

    __slots__ = ("properties", "variables")

    def __init__(self, properties: Mapping[str, Column]) -> None:
        self.properties = properties
        self.variables: dict[str, Tag] = {}

    def find(self, name: str) -> Node | None:
        """Return the variable or the property of that name."""
        return self.variables.get(name) or self.properties.get(name)

    def refusal(self, variable: str) -> str | None:
        """Return why no lambda inside this scope can call its variable so.

        `tags` it may be called: that is how client libraries write what they ask of each tag.
        """
        if variable.lower() in _RESERVED or variable.startswith("$"):
            return f"{variable} has a meaning of its own and can be no variable"
        if variable in self.variables:
            return f"a lambda around this one has a variable {variable} already"
        if variable in self.properties:
            return f"{variable} is a property; choose another name for the variable"
        return None

    def unknown(self, name: str) -> str:
        """Say that there is no such property, and which may have been meant."""
        return f"there is no property {name!r}" + nearest(
            name, [*self.variables, *self.properties, *COLLECTIONS]
        )


def nearest(name: str, names: Iterable[str]) -> str:
    """Return a hint at the name that is most like this one, or at all of them."""
    spelled = {each.lower(): each for each in names}
    near = difflib.get_close_matches(name.lower()[:40], spelled, 1)
    if near:
        return f"; did you mean {spelled[near[0]]}?"
    return f"; there are {', '.join(spelled.values())}"
