"""`$search`: words and phrases with AND, OR, NOT and parentheses (OData 4.01 part 2, 5.1.8)."""

import re
from typing import Literal

from shared.domain.errors import InvalidInputError
from shared.domain.expression import Logic, Node, Words

MAX_CHARACTERS = 1_000
MAX_TERMS = 50
MAX_DEPTH = 20

_TOKEN = re.compile(r'\s*(?:(\()|(\))|"((?:[^"\\]|\\.)*)"|([^\s()"]+))')


def parse_search(text: str) -> Node:
    """Return the search as a filter; words beside each other must all be there."""
    if len(text) > MAX_CHARACTERS:
        raise _wrong(f"it has more than {MAX_CHARACTERS} characters")
    return _Parser(_tokens(text)).parse()


def _tokens(text: str) -> list[tuple[str, str, int]]:
    """Return (kind, text, position) of brackets, operators and words."""
    tokens: list[tuple[str, str, int]] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise _wrong(f"the quote at character {position + 1} is not closed")
        opening, closing, phrase, word = match.groups()
        if phrase is not None:
            if not phrase.strip():
                raise _wrong(f"the phrase at character {match.start(3)} is empty")
            tokens.append(("words", re.sub(r"\\(.)", r"\1", phrase), match.start() + 1))
        elif word in {"AND", "OR", "NOT"}:
            tokens.append((word, word, match.start() + 1))
        else:
            kind = opening or closing or "words"
            tokens.append((kind, word or kind, match.start() + 1))
        position = match.end()
    if sum(kind == "words" for kind, _, _ in tokens) > MAX_TERMS:
        raise _wrong(f"it has more than {MAX_TERMS} words")
    return tokens


class _Parser:
    def __init__(self, tokens: list[tuple[str, str, int]]) -> None:
        self._tokens = tokens
        self._next = 0

    def parse(self) -> Node:
        node = self._either(0)
        if self._next < len(self._tokens):
            raise _wrong(f"expected a word at character {self._tokens[self._next][2]}")
        return node

    def _either(self, depth: int) -> Node:
        nodes = [self._all(depth)]
        while self._take("OR"):
            nodes.append(self._all(depth))
        return _logic("or", nodes)

    def _all(self, depth: int) -> Node:
        nodes = [self._one(depth)]
        while self._take("AND") or self._peek() in {"words", "(", "NOT"}:
            nodes.append(self._one(depth))
        return _logic("and", [node for node in nodes if _has_words(node)] or nodes[:1])

    def _one(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise _wrong(f"its parentheses go deeper than {MAX_DEPTH}")
        if self._take("NOT"):
            return Logic("not", (self._one(depth + 1),))
        if self._take("("):
            node = self._either(depth + 1)
            if not self._take(")"):
                raise _wrong("a parenthesis is not closed")
            return node
        if self._peek() != "words":
            raise _wrong("expected a word" + self._where())
        self._next += 1
        return Words(self._tokens[self._next - 1][1])

    def _peek(self) -> str | None:
        return self._tokens[self._next][0] if self._next < len(self._tokens) else None

    def _take(self, kind: str) -> bool:
        found = self._peek() == kind
        self._next += found
        return found

    def _where(self) -> str:
        if self._next < len(self._tokens):
            return f" at character {self._tokens[self._next][2]}"
        return " at the end"


def _has_words(node: Node) -> bool:
    """Say whether a term asks for anything: beside words, a `&` alone does not."""
    return not isinstance(node, Words) or any(map(str.isalnum, node.text))


def _logic(operator: Literal["and", "or"], nodes: list[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else Logic(operator, tuple(nodes))


def _wrong(what: str) -> InvalidInputError:
    return InvalidInputError(
        f"$search: {what}. Give words, phrases in double quotes, AND, OR, NOT and parentheses.",
        field="$search",
    )
