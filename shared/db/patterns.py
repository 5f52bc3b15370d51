"""`contains`, `startswith` and `endswith` of a constant as LIKE, which an index can serve."""

import re
from collections.abc import Sequence
from itertools import chain, zip_longest
from typing import Protocol

from shared.domain.expression import Call, Column, Constant, Node

LOOKED_THROUGH = "reference"
"""The column whose parts an index knows: by small letters, of any script."""

TRIGRAM = re.compile("aaa|aa-|-a")
"""Of letters and others: the blanks around a word are some of an index's three letters."""

WORD = re.compile("[A-Za-z0-9]+")
LETTERS = 3

MAX_PIECES = 4
"""What these leave over is compared later: to look a row up in a long list takes longer than that.
"""

PATTERNS = {"contains": "%{}%", "startswith": "{}%", "endswith": "%{}"}

MAX_CLASSES = 64
"""Of so many characters candidates are told by; the rest of a longer text is compared later."""

STRAYS = (
    "\u0130\u0131\u017f\u00b5\u0345\u03c2\u03d0\u03d1\u03d5\u03d6\u03f0\u03f1\u03f4\u03f5\u1e9b"
    "\u1e9e\u1fbe\u1c80\u1c81\u1c82\u1c83\u1c84\u1c85\u1c86\u1c87\u1c88\u212a\u212b\u2126"
)
"""Letters whose small or capital letter is another's too, such as the two sigmas."""


class Compiler(Protocol):
    """What a pattern needs of whoever makes the SQL."""

    @property
    def by_index(self) -> bool: ...
    def value(self, node: Node) -> str: ...
    def parameter(self, value: object, sql_type: str) -> str: ...


def pattern_match(function: str, operands: Sequence[Node], sql: Compiler) -> str | None:
    """Return a LIKE or the like, or None where the pattern is not a constant."""
    text, part = operands
    if not isinstance(part, Constant) or not isinstance(part.value, str):
        return None
    if function == "startswith" and not (_changes_case(text) and has_trigram(part.value)):
        beginning = sql.parameter(escaped(part.value) + "%", "text")
        return f'({sql.value(text)} COLLATE "C" LIKE {beginning})'
    found = (_like if has_trigram(part.value) else _short)(function, text, part.value, sql)
    match text:
        case Column(name) if name == LOOKED_THROUGH and function == "endswith" and sql.by_index:
            backwards = sql.parameter(escaped(part.value[::-1]) + "%", "text")
            return f"({found} AND reverse({name}) LIKE {backwards})"
    return f"({found})"


def has_trigram(part: str) -> bool:
    """Whether the index knows a part, or its beginning, by three letters.

    Else it would be read from end to end, which nothing could interrupt. The library's Postgres
    takes ASCII's letters and digits alone for parts of words.
    """
    return len(part) >= LETTERS and _has_three(part[:MAX_CLASSES])


def _has_three(piece: str) -> bool:
    shape = "".join("a" if one.isascii() and one.isalnum() else "-" for one in piece)
    return bool(TRIGRAM.search(shape))


def _like(function: str, text: Node, part: str, sql: Compiler) -> str:
    literal = escaped(part)
    pattern = PATTERNS[function].format(literal)
    if function == "contains" and sql.by_index and _has_letters(text, function, literal):
        return _by_pieces(part, pattern, "LIKE" if isinstance(text, Column) else "ILIKE", sql)
    match text:
        case Call("tolower", (Column(name),)) if name == LOOKED_THROUGH and _is_plain(
            function, literal
        ):
            # By the column's own collation, which has to be the index's, this disregards the case
            # of ASCII letters alone; these need not be put into small letters besides.
            return f"{name} ILIKE {sql.parameter(pattern, 'text')}"
        case Call("tolower" | "toupper", (Column(name),)) if name == LOOKED_THROUGH:
            candidates = f"{name} ~ {sql.parameter(any_case(part), 'text')}"
            return f"{candidates} AND {sql.value(text)} LIKE {sql.parameter(pattern, 'text')}"
    return f"{sql.value(text)} LIKE {sql.parameter(pattern, 'text')}"


def _has_letters(text: Node, function: str, literal: str) -> bool:
    """Whether an index has the letters of a literal one by one: else it is asked for forms."""
    match text:
        case Column(name):
            return name == LOOKED_THROUGH
        case Call("tolower", (Column(name),)):
            return name == LOOKED_THROUGH and _is_plain(function, literal)
        case _:
            return False


def _by_pieces(part: str, pattern: str, operator: str, sql: Compiler) -> str:
    """Look for each piece of a part, and then whether they stand together.

    An index so ends a candidate at the first piece that is missing. For the whole part it looks up
    all three letters of each, which was measured to take four times as long.
    """
    compared = f"{LOOKED_THROUGH} {operator} {{}}"
    pieces = [sql.parameter(f"%{escaped(piece)}%", "text") for piece in pieces_of(part)]
    exact = compared.format(sql.parameter(pattern, "text"))
    return " AND ".join([*map(compared.format, pieces), f"({exact}) IS TRUE"])


def pieces_of(part: str) -> list[str]:
    """Return some of a part's words in threes of letters, first one of each word: those tell most.

    Numbers tell more than words. Of what is shorter the index knows the beginning or the end, with
    what stands beside it.
    """
    words = [_threes(part, *found.span()) for found in WORD.finditer(part[:MAX_CLASSES])]
    words.sort(key=lambda pieces: not any(map(str.isdigit, pieces[0])))
    rounds = dict.fromkeys(chain.from_iterable(zip_longest(*words, fillvalue="")))
    return [piece for piece in rounds if _has_three(piece)][:MAX_PIECES]


def _threes(part: str, start: int, end: int) -> list[str]:
    if end - start < LETTERS:
        return [part[max(0, start - 1) : end + 1]]
    last = end - LETTERS
    return [part[at : at + LETTERS] for at in [*range(start, last, LETTERS), last]]


def _short(function: str, text: Node, part: str, sql: Compiler) -> str:
    """Look for a part in a way that no index serves."""
    value, wanted = sql.value(text), sql.parameter(part, "text")
    if function == "contains":
        return f"strpos({value}, {wanted}) > 0"
    return f"right({value}, {len(part)}) = {wanted}"


def _changes_case(text: Node) -> bool:
    """Whether it is names in small or capital letters: no order has these, their parts do."""
    match text:
        case Call("tolower" | "toupper", (Column(name),)):
            return name == LOOKED_THROUGH
        case _:
            return False


def escaped(text: str) -> str:
    """Return a text that LIKE takes literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _is_plain(function: str, text: str) -> bool:
    """Whether only ASCII letters have this as small letters; names may begin with the Turkish İ."""
    if function == "startswith" and "i" in text:
        return False
    return text.isascii() and text == text.lower()


def any_case(text: str) -> str:
    """Return a regular expression for what holds the text in small and capital letters.

    It names them, since the index's collation knows the case of ASCII alone.
    """
    return "".join(map(_letters, text[:MAX_CLASSES]))


def _letters(letter: str) -> str:
    forms = {letter, letter.lower(), letter.upper(), letter.title()}
    forms |= {stray for stray in STRAYS if letter in (stray.lower()[0], stray.upper()[0])}
    letters = sorted(form for form in forms if len(form) == 1)
    return f"[{''.join(letters)}]" if len(letters) > 1 else re.escape(letters[0])
