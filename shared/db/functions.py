"""The functions and calculations of a filter in SQL: one table each.

Numbers are calculated as numeric, so that nothing overflows; what is divided by zero is null. Times
are looked at in UTC.
"""

from collections.abc import Callable

from shared.db.collections import rows_of
from shared.domain.expression import Calculate, Node, Type

WHITE_SPACE = (
    r"E'\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    r"\u200a\u2028\u2029\u202f\u205f\u3000'"
)
"""What `trim` takes off: Unicode's White_Space."""

LARGEST_POSITION = 2_000_000_000


def _part(field: str) -> Callable[[str], str]:
    def make(moment: str) -> str:
        # A date is taken as it is; a moment is looked at in UTC by the session's time zone.
        return f"trunc(extract({field} FROM {moment}))::bigint"

    return make


def _position(number: str) -> str:
    """Return the number, or the nearest that a text can have as a position or a length.

    It stands there once: positions may be looked for at positions, and so on, fifty deep. Null
    stays null, unlike with GREATEST.
    """
    return f"width_bucket(({number})::numeric, 1, {LARGEST_POSITION + 1}, {LARGEST_POSITION})"


def _substring(text: str, start: str, length: str | None = None) -> str:
    rest = f"substr({text}, {_position(start)} + 1"
    return f"{rest})" if length is None else f"{rest}, {_position(length)})"


FUNCTIONS: dict[str, Callable[..., str]] = {
    "contains": lambda text, part: f"(strpos({text}, {part}) > 0)",
    "startswith": lambda text, part: f"starts_with({text}, {part})",
    "endswith": lambda text, part: f"(right({text}, char_length({part})) = {part})",
    # A column that is sorted by code point would else have the case of ASCII letters alone.
    "tolower": lambda text: f'lower({text} COLLATE "default")',
    "toupper": lambda text: f'upper({text} COLLATE "default")',
    "trim": lambda text: f"btrim({text}, {WHITE_SPACE})",
    "length": lambda text: f"char_length({text})::bigint",
    "indexof": lambda text, part: f"(strpos({text}, {part}) - 1)::bigint",
    "substring": _substring,
    "concat": lambda left, right: f"({left} || {right})",
    "year": _part("YEAR"),
    "month": _part("MONTH"),
    "day": _part("DAY"),
    "hour": _part("HOUR"),
    "minute": _part("MINUTE"),
    "second": _part("SECOND"),
    "date": lambda moment: f"({moment})::date",
    "moment": lambda date: f"({date})::timestamptz",
    "round": lambda number: f"round(({number})::numeric)",
    "floor": lambda number: f"floor(({number})::numeric)",
    "ceiling": lambda number: f"ceil(({number})::numeric)",
    "negate": lambda number: f"(-({number}))",
    "tag_count": lambda: "cardinality(tags)::bigint",
    "category_count": lambda: f"(SELECT count(*) {rows_of('categories', 0)})",
}


def _ordered_truth(no_yes: str, yes_no: str) -> Callable[[str, str], str]:
    """Compare true, false and null, of which null is as much as null alone.

    Each side stands there once: it may be a comparison of comparisons, fifty deep.
    """

    def make(left: str, right: str) -> str:
        places = (f"COALESCE(({side})::integer, 2)" for side in (left, right))
        table = f"'{{t,{no_yes},f,{yes_no},t,f,f,f,t}}'::boolean []"
        return f"({table})[1 + 3 * {' + '.join(places)}]"

    return make


TRUTHS = {"le": _ordered_truth("t", "f"), "ge": _ordered_truth("f", "t")}
"""`le` and `ge` of conditions."""


def _signed(sign: str) -> Callable[[Callable[[Node], str], Calculate], str]:
    def make(value: Callable[[Node], str], node: Calculate) -> str:
        left, right = value(node.left), value(node.right)
        if Type.MOMENT in {node.left.type, node.right.type} or node.type is Type.DURATION:
            return f"({left} {sign} {right})"
        return f"(({left})::numeric {sign} ({right})::numeric)"

    return make


def _multiplied(value: Callable[[Node], str], node: Calculate) -> str:
    left, right = value(node.left), value(node.right)
    if node.left.type is Type.DURATION:
        return f"({left} * ({right})::float8)"
    if node.right.type is Type.DURATION:
        return f"(({left})::float8 * {right})"
    return f"(({left})::numeric * ({right})::numeric)"


def _divided(value: Callable[[Node], str], node: Calculate) -> str:
    left, right = value(node.left), value(node.right)
    if node.left.type is Type.DURATION:
        return f"({left} / NULLIF(({right})::float8, 0))"
    if node.type is Type.INTEGER:
        return f"div(({left})::numeric, NULLIF(({right})::numeric, 0))"
    return f"(({left})::numeric / NULLIF(({right})::numeric, 0))"


def _remainder(value: Callable[[Node], str], node: Calculate) -> str:
    left, right = value(node.left), value(node.right)
    return f"mod(({left})::numeric, NULLIF(({right})::numeric, 0))"


CALCULATIONS: dict[str, Callable[[Callable[[Node], str], Calculate], str]] = {
    "add": _signed("+"),
    "sub": _signed("-"),
    "mul": _multiplied,
    "div": _divided,
    "divby": _divided,
    "mod": _remainder,
}
