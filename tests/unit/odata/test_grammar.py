"""The grammar: what may be written, how it binds, and which tree it makes."""

from itertools import product

import pytest

from shared.domain.expression import (
    Call,
    Column,
    Compare,
    Constant,
    Logic,
    Member,
    Quantified,
    Tag,
    Type,
)
from tests.unit.odata.reading import read

STATUS = Column("file_type", Type.STRING)
WIDTH = Column("width", Type.INTEGER)
OK = Constant("Ok", Type.STRING)

BINDING = [
    ("true or true and false", "true or (true and false)"),
    ("true and false or true", "(true and false) or true"),
    ("width eq 1 and id ne 2", "(width eq 1) and (id ne 2)"),
    ("hidden eq width gt 1", "hidden eq (width gt 1)"),
    ("width gt 1 eq hidden", "(width gt 1) eq hidden"),
    ("hidden eq true ne false", "(hidden eq true) ne false"),
    ("width add 1 gt 2 sub 1", "(width add 1) gt (2 sub 1)"),
    ("1 sub 2 sub 3 eq 0", "((1 sub 2) sub 3) eq 0"),
    ("8 div 4 mul 2 eq 4", "((8 div 4) mul 2) eq 4"),
    ("1 add 2 mul 3 eq 7", "(1 add (2 mul 3)) eq 7"),
    ("7 mod 4 divby 2 add 1 eq 2", "(((7 mod 4) divby 2) add 1) eq 2"),
    ("-width mul 2 eq 4", "(-(width)) mul 2 eq 4"),
    ("- width add 1 eq 4", "(-width) add 1 eq 4"),
    ("not hidden and hidden", "(not hidden) and hidden"),
    ("not hidden eq hidden", "(not hidden) eq hidden"),
    ("not hidden or hidden", "(not hidden) or hidden"),
    ("not width in (1, 2)", "not (width in (1, 2))"),
    ("width in (1) in (true)", "(width in (1)) in (true)"),
    ("width in (1) eq hidden", "(width in (1)) eq hidden"),
    ("hidden eq width in (1)", "hidden eq (width in (1))"),
    ("not not hidden", "not (not hidden)"),
    ("not(hidden)and hidden", "(not hidden) and hidden"),
]


@pytest.mark.parametrize(("bare", "bracketed"), BINDING)
def test_operators_bind_as_the_standard_says(bare: str, bracketed: str) -> None:
    assert read(bare) == read(bracketed)


LEVELS = ["mul div divby mod", "add sub", "gt ge lt le", "eq ne", "and", "or"]
CALCULATIONS, LOGIC = {*" ".join(LEVELS[:2]).split()}, {"and", "or"}


def test_each_operator_beside_each_other_binds_by_the_table() -> None:
    """Two operators between three operands, wherever types allow it (5.1.1.17)."""
    level = {name: place for place, names in enumerate(LEVELS) for name in names.split()}
    for first, second in product(level, repeat=2):
        calculations = len([name for name in (first, second) if name in CALCULATIONS])
        a, b, c = ("id", "width", "height") if calculations else ("hidden", "true", "false")
        ending = " eq 0" if calculations == 2 else ""
        left = f"({a} {first} {b}) {second} {c}{ending}"
        right = f"{a} {first} ({b} {second} {c}){ending}"
        is_of_no_type = calculations == 1 and {first, second} & LOGIC
        is_one_node = first == second and first in LOGIC
        if not is_of_no_type and not is_one_node:
            bracketed = left if level[first] <= level[second] else right
            assert read(f"{a} {first} {b} {second} {c}{ending}") == read(bracketed)


@pytest.mark.parametrize("operator", ["eq", "ne", "gt", "ge", "lt", "le"])
def test_a_comparison_is_a_node_of_its_two_sides(operator: str) -> None:
    node = read(f"fileType {operator} 'Ok'")
    assert node == Compare(operator, STATUS, OK)  # type: ignore[arg-type]


def test_a_chain_of_and_is_one_node() -> None:
    node = read(" and ".join(["hidden"] * 100))
    assert node == Logic("and", (Column("hidden", Type.BOOLEAN),) * 100)


def test_in_takes_literals_with_null_among_them_or_none() -> None:
    assert read("fileType in ( 'Ok' ,null)") == Member(STATUS, (OK, Constant(None, Type.NULL)))
    assert read("fileType in('Ok')") == Member(STATUS, (OK,))
    assert read("fileType in ()") == Member(STATUS, ())


def test_in_tags_is_any_tag() -> None:
    assert read("'Ok' in tags") == Quantified("any", 0, Compare("eq", Tag(0), OK))
    assert read("'Ok' in tags") == read("tags/any(t:t eq 'Ok')")


def test_any_case_will_do_for_operators_functions_and_literals() -> None:
    odd = "NOT(Contains(TOLOWER(title),'x') AND fileType Eq NULL) Or Tags eq 1".replace(
        "Tags", "tags/$count"
    )
    plain = "not(contains(tolower(title),'x') and fileType eq null) or tags/$count eq 1"
    assert read(odd) == read(plain)
    assert read("hidden eq TRUE or hidden eq False") == read("hidden eq true or hidden eq false")
    assert read("tags/Any(t:true) and tags/ALL(t:true)") == read(
        "tags/any(t:true) and tags/all(t:true)"
    )


@pytest.mark.parametrize(
    "text",
    [
        "  width eq 1\t",
        "\twidth  eq\t 1",
        "(width eq 1)",
        " ( width eq 1 ) ",
        "((width) eq (1))",
        "$it/width eq 1",
        "width eq +1",
    ],
)
def test_blanks_and_brackets_change_nothing(text: str) -> None:
    assert read(text) == Compare("eq", WIDTH, Constant(1, Type.INTEGER))


def test_null_may_stand_on_either_side() -> None:
    null = Constant(None, Type.NULL)
    assert read("null eq title") == Compare("eq", null, Column("title", Type.STRING))
    assert read("title ne null") == Compare("ne", Column("title", Type.STRING), null)


@pytest.mark.parametrize("text", ["true", "hidden", "contains(title,'x')", "tags/any()", "null"])
def test_a_filter_need_not_be_a_comparison(text: str) -> None:
    assert read(text).type is Type.BOOLEAN


@pytest.mark.parametrize("name", ["t", "tags", "nullable", "anyone", "trueish", "eq", "\u00fc"])
def test_a_variable_may_look_like_a_word(name: str) -> None:
    node = read(f"tags/any({name}:{name} eq 'Ok')")
    assert node == Quantified("any", 0, Compare("eq", Tag(0), OK))


def test_lambdas_see_the_variables_and_properties_around_them() -> None:
    node = read("tags/any(a:tags/all(b: b ne a or title eq b) and $it/title eq a)")
    title = Column("title", Type.STRING)
    inner = Logic("or", (Compare("ne", Tag(1), Tag(0)), Compare("eq", title, Tag(1))))
    assert node == Quantified(
        "any", 0, Logic("and", (Quantified("all", 1, inner), Compare("eq", title, Tag(0))))
    )


def test_a_variable_is_free_again_behind_its_lambda() -> None:
    node = read("tags/any(t:t eq 'Ok') and tags/all(t:t eq 'Ok')")
    same = Compare("eq", Tag(0), OK)
    assert node == Logic("and", (Quantified("any", 0, same), Quantified("all", 0, same)))


def test_tags_can_be_counted_and_asked_for() -> None:
    count = Call("tag_count", (), Type.INTEGER)
    assert read("tags/$count gt 1") == Compare("gt", count, Constant(1, Type.INTEGER))
    assert read("$it/tags/any( )") == Quantified("any", 0, None)


def test_categories_are_asked_for_as_tags_are() -> None:
    equal = Compare("eq", Tag(0), OK)
    filed = Quantified("any", 0, equal, "categories")
    assert read("categories/any(c: c eq 'Ok')") == read("'Ok' in categories") == filed
    count = Call("category_count", (), Type.INTEGER)
    assert read("categories/$count eq 1") == Compare("eq", count, Constant(1, Type.INTEGER))
    nested = Quantified("any", 1, Compare("eq", Tag(1), Tag(0)))
    assert read("$it/categories/all(c: tags/any(t: t eq c))") == Quantified(
        "all", 0, nested, "categories"
    )
