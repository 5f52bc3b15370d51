"""Random filters as texts over the whole grammar, typed, so that each can be parsed.

Divisors of `divby` and of decimals are such that quotients end, times stay near the present, and
integers that are divided are not products: so SQL has one right answer, whatever its precision.
"""

import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from hypothesis import strategies as st

from shared.domain.expression import Column, Type
from tests.unit.odata.literal_texts import SAMPLES, WORD
from tests.unit.odata.writer import BLANK, CLOSE, GAP, OPEN, Writer


@st.composite
def filters(
    draw: st.DrawFn,
    properties: Mapping[str, Column],
    samples: Mapping[Type, Sequence[Any]] = SAMPLES,
    depth: int = 3,
) -> str:
    """Return a filter over `properties`, whose literals are among `samples`."""
    return draw(written_twice(properties, samples, depth))[0]


@st.composite
def written_twice(
    draw: st.DrawFn,
    properties: Mapping[str, Column],
    samples: Mapping[Type, Sequence[Any]] = SAMPLES,
    depth: int = 3,
) -> tuple[str, str]:
    """Return a filter, and the same with brackets around whatever an operator joins."""
    random = Random(draw(st.integers(0, 2**16)))
    text, _ = Writer(draw, properties, samples, random).of(Type.BOOLEAN, depth)
    bracketed = text.replace(OPEN, "(").replace(CLOSE, ")")
    bare = text.replace(OPEN, "").replace(CLOSE, "")
    return dressed(bare, random), dressed(bracketed, random)


@st.composite
def rows(draw: st.DrawFn, properties: Mapping[str, Column]) -> dict[str, Any]:
    """Return a row: a value or None for each column, and tags."""
    row: dict[str, Any] = {
        column.name: draw(st.sampled_from([None, *SAMPLES[column.type]]))
        for column in properties.values()
    }
    tags = st.lists(st.sampled_from(SAMPLES[Type.STRING]), max_size=4, unique=True)
    return row | {"tags": draw(tags), "categories": draw(tags)}


def dressed(text: str, random: Random) -> str:
    """Fill in blanks and case, as odd as the grammar allows."""
    text = re.sub(f"{WORD}([a-z]+)", lambda match: _cased(match[1], random), text)
    text = re.sub(GAP, lambda _: random.choice([" ", " ", " ", "  ", "\t", " \t "]), text)
    return re.sub(BLANK, lambda _: random.choice(["", "", "", " ", "\t"]), f"{BLANK}{text}{BLANK}")


def _cased(word: str, random: Random) -> str:
    return random.choice([str.lower, str.lower, str.upper, str.title])(word)
