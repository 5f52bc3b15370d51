"""Bounds: no filter can ask for much, and what asks for too much is refused at once."""

import time
from itertools import pairwise

import pytest

from api.dam.odata.filter import parse_filter
from api.dam.odata.limits import MAX_CHARACTERS, MAX_DEPTH, MAX_FILED, MAX_MEMBERS, MAX_TERMS
from shared.db.filters import FilterSql
from shared.domain.errors import InvalidInputError
from shared.domain.expression import Call, Compare, Logic, Node, Quantified
from tests.unit.odata.properties import PROPERTIES
from tests.unit.odata.reading import read, refusal

HOSTILE = {
    "brackets": "(" * 8_000,
    "brackets, closed": "(" * 4_000 + "1" + ")" * 4_000,
    "quotes, even": "'" * 8_000,
    "quotes, odd": "'" * 8_001,
    "quotes after a name": "title eq " + "'" * 8_001,
    "not": "not " * 2_000,
    "not(": "not(" * 2_000,
    "minus": "-" * 8_000,
    "minus, apart": "- " * 4_000,
    "digits": "width eq " + "9" * 8_000,
    "fraction": "width eq 1." + "9" * 8_000,
    "exponent": "width eq 1e" + "9" * 8_000,
    "name": "a" * 8_000,
    "name beyond ASCII": "\u00e9" * 8_000,
    "marks": "\u0301" * 8_000,
    "names": "widht " * 1_300,
    "similar names": "dfgTpyeliie" * 700,
    "and": "and " * 2_000,
    "or": "width eq 1 or " * 580 + "true",
    "add": "width" + " add 1" * 1_300,
    "add null": "null" + " add null" * 800,
    "comparisons": "true" + " eq true" * 900,
    "in a list in a list": "1 in " + "(" * 8_000,
    "members": "width in (" + "1," * 4_000 + "1)",
    "lists": " or ".join(["width in (" + ",".join(["1"] * 490) + ")"] * 8),
    "strings": "title in (" + "''," * 2_700 + "'')",
    "in in": "1" + " in (true)" * 800,
    "dates": "2024-01-01T" * 700,
    "dashes": "1-" * 4_000,
    "colons": "1:" * 4_000,
    "hexadecimal": "abcdef01-" * 900,
    "duration": "exposure eq duration'P" + "9" * 8_000 + "D'",
    "prefix": "duration'" + "''" * 4_000,
    "calls": "tolower(" * 1_000,
    "operands": "concat(" + "1," * 4_000,
    "lambdas": "".join(f"tags/any(t{depth}:" for depth in range(500)),
    "categories": " and ".join(["categories/any(c:c eq 'a')"] * 60),
    "in categories": " or ".join(["'a' in categories"] * 60),
    "paths": "tags/" * 1_600,
    "blanks": " " * 8_192,
    "blanks and a sign": "\t" * 8_000 + "=",
    "no text": "title eq '" + "a" * 8_000 + "\ud800'",
    "too long": "width eq 1 " * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_filter_is_refused_at_once(name: str) -> None:
    def seconds() -> float:  # on a processor, which other tests may be using too
        start = time.thread_time()
        with pytest.raises(InvalidInputError):
            parse_filter(HOSTILE[name], PROPERTIES)
        return time.thread_time() - start

    assert min(seconds() for _ in range(3)) < 0.01


def test_the_work_ends_where_the_limit_is() -> None:
    assert refusal("(" * 8_000).startswith(f"{MAX_DEPTH + 1}: ")
    assert refusal("- " * 4_000).startswith(f"{2 * MAX_DEPTH + 1}: ")
    assert refusal("width in (" + "1," * 4_000).startswith(f"{11 + 2 * MAX_MEMBERS}: ")
    assert refusal("true or " * 1_000).startswith(f"{8 * MAX_TERMS + 1}: ")


def test_up_to_the_limits_everything_is_read() -> None:
    read("(" * MAX_DEPTH + "true" + ")" * MAX_DEPTH)
    read("not " * (MAX_DEPTH - 1) + "true")
    read("width in (" + ",".join(["1"] * MAX_MEMBERS) + ")")
    read(" or ".join(["true"] * MAX_TERMS))
    read("true" + " " * (MAX_CHARACTERS - 4))
    read(" and ".join(["categories/any(c:c in ('a', 'b'))"] * MAX_FILED))
    assert "1001" not in refusal("width in (" + ",".join(["1"] * (MAX_MEMBERS + 1)) + ")")


def levels(node: Node) -> int:
    """Return how high a tree is."""
    match node:
        case Compare():
            return 1 + max(levels(node.left), levels(node.right))
        case Logic() | Call():
            return 1 + max(map(levels, node.operands), default=0)
        case Quantified():
            return 1 + (levels(node.predicate) if node.predicate else 0)
        case _:
            return 1


@pytest.mark.parametrize("inner", ["true", "(true eq true)"])
def test_no_tree_is_higher_than_the_limit_however_it_is_written(inner: str) -> None:
    assert levels(read(inner + " eq true" * (MAX_DEPTH - 2))) <= MAX_DEPTH
    assert "nested more than 50 levels" in refusal(inner + " eq true" * MAX_DEPTH)
    chain = inner + " eq true" * 20
    for _ in range(2):
        chain = f"({chain}) eq true" + " eq true" * 10
    assert levels(read(chain)) <= MAX_DEPTH
    assert "nested more than 50 levels" in refusal(f"({chain})" + " eq true" * 20)


NESTING = {
    "positions": ("id", "length(substring(title,{},{}))", " eq 1"),
    "places": ("title", "substring(title,indexof(title,{}))", " eq ''"),
    "order": ("hidden", "({} le hidden)", ""),
    "order, turned round": ("hidden", "(hidden ge {})", ""),
    "members": ("hidden", "({} in (null,true))", ""),
    "ends": ("title", "concat(title,{})", " eq ''"),
}


@pytest.mark.parametrize("name", NESTING)
def test_statements_grow_no_faster_than_filters(name: str) -> None:
    """What is named twice within what is named twice, and so on, would be too long for anyone."""
    inner, around, ending = NESTING[name]
    lengths = list[int]()
    for depth in range(5):
        node = parse_filter(inner + ending, PROPERTIES)
        lengths.append(len(FilterSql().holds(node)) if depth else 0)
        inner = around.format(inner, 1)
    steps = [later - earlier for earlier, later in pairwise(lengths[1:])]
    assert max(steps) < 2 * min(steps)
