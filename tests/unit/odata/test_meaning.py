"""What filters say of a row: nulls, numbers, times and strings as OData has them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from shared.domain.expression import Calculate, Call, Column, Compare, Constant, Type
from tests.unit.odata.reading import NOW, read, says

TRUE = [
    "title eq null", "null eq title", "null eq null", "not (title ne null)", "title ne 'x'",
    "title le null", "null ge null", "fileType ne null", "title in (null)", "title in ('x',NULL)",
    "false and contains(title,'x') eq false or true", "not (false and contains(title,'x'))",
    "contains(title,'x') or true", "contains(title,'x') eq null", "not(title lt 'x')",
    "1 eq 1.0", "1 lt 1.5", "9223372036854775808 gt 9223372036854775807", "true gt false",
    "7 div 2 eq 3", "-7 div 2 eq -3", "7 div -2 eq -3", "7 mod 2 eq 1", "-7 mod 2 eq -1",
    "7 mod -2 eq 1", "7 divby 2 eq 3.5", "7.0 div 2 eq 3.5", "-5.5 mod 2 eq -1.5",
    "7 div 0 eq null", "7.5 mod 0 eq null", "0 divby 0 eq null",
    "1 add 2 mul 3 eq 7", "0.1 add 0.2 eq 0.3", "- 5 eq -5", "--5 eq 5", "-(-5) eq 5",
    "width add null eq null", "-null eq null", "null mul null eq null",
    "round(2.5) eq 3", "round(-2.5) eq -3", "round(-0.5) eq -1", "round(0.49) eq 0",
    "floor(-1.5) eq -2", "ceiling(-1.5) eq -1", "round(null) eq null", "floor(width) eq 1200",
    "contains(reference,'pple')", "not contains(reference,'PPLE')", "contains(reference,'')",
    "startswith(reference,'App')", "endswith(reference,'.jpg')", "endswith('jpg',fileType)",
    "tolower(reference) eq 'apple.jpg'", "toupper(fileType) eq 'JPG'", "trim(' x\t') eq 'x'",
    "trim('\u00a0x\u2003') eq 'x'", "length('\U0001f600') eq 1", "length('') eq 0",
    "indexof(reference,'p') eq 1", "indexof(reference,'z') eq -1", "indexof('','') eq 0",
    "substring('hello',1) eq 'ello'", "substring('hello',1,3) eq 'ell'",
    "substring('hello',9) eq ''", "substring('hello',3,9) eq 'lo'", "substring('a',0,0) eq ''",
    "substring('abc',id sub 9,2) eq 'ab'", "substring('abc',1,id sub 9) eq ''",
    "concat(concat('a','b'),'c') eq 'abc'", "concat('a',title) eq null",
    "'a' lt 'b'", "'Z' lt 'a'", "'' lt 'a'", "'\uffff' lt '\U00010000'",
    "toupper('stra\u00dfe') eq 'STRA\u00dfE'", "tolower('\u0130\u03a3') eq 'i\u03c3'",
    "year(createdOn) eq 2024 and month(createdOn) eq 4 and day(createdOn) eq 5",
    "hour(createdOn) eq 8 and minute(createdOn) eq 44 and second(createdOn) eq 33",
    "date(createdOn) eq 2024-04-05", "year(2024-04-05) eq 2024", "month(birthday) eq null",
    "second(2024-04-05T00:00:59.999+02:00) eq 59",
    "createdOn eq 2024-04-05T08:44:33", "createdOn eq 2024-04-05T10:44:33+02:00",
    "createdOn gt 2024-04-05", "createdOn lt 2024-04-06", "2024-04-05 lt createdOn",
    "date(createdOn) le createdOn", "createdOn in (2024-04-05,2024-04-05T08:44:33)",
    "date(createdOn) in (2024-04-05T00:00)", "createdOn eq now()", "now() eq now()",
    "createdOn ge now() sub duration'P7D'", "createdOn add 'PT1H' gt createdOn",
    "createdOn sub createdOn eq duration'P0D'", "createdOn sub 2024-04-05 lt duration'PT9H'",
    "2024-04-05 sub 2024-04-01 eq duration'P4D'", "2024-04-05 add duration'PT23H' eq 2024-04-05",
    "2024-04-05 sub duration'PT1H' eq 2024-04-04", "date(createdOn) add 'P1D' eq 2024-04-06",
    "duration'P1D' mul 2 eq duration'P2D'", "0.5 mul duration'P1D' eq duration'PT12H'",
    "duration'P1D' div 2 eq 'PT12H'", "duration'P1D' divby -1 eq -duration'P1D'",
    "duration'P1D' div 0 eq null", "'PT24H' eq duration'P1D'", "duration'P1D' in ('PT24H')",
    "'PT1H' in (duration'PT60M', 'PT2H')", "exposure eq null",
    "tags/any()", "tags/any(t:t eq 'red')", "not tags/all(t:t eq 'red')", "tags/$count eq 2",
    "tags/any(t:tolower(t) eq 'green')", "'red' in tags", "not ('blue' in tags)",
    "not (null in tags)", "tags/any(a:tags/any(b:a lt b))", "tags/all(t:length(t) ge 3)",
    "not tags/any(t:contains(title,t))", "not tags/all(t:contains(title,t))", "null in (1,null)",
    "uid eq null", "hidden eq null", "not (title in ())",
]  # fmt: skip


@pytest.mark.parametrize("text", TRUE)
def test_it_is_true(text: str) -> None:
    assert says(text) is True


@pytest.mark.parametrize(
    "text",
    ["title gt 'x'", "title ge 'x'", "null lt null", "null ne null", "title in ('x')", "1 in ()",
     "null in ()", "tags/any(t:null)", "fileType eq null", "id in (null)"],
)  # fmt: skip
def test_it_is_false_and_not_null(text: str) -> None:
    assert says(text) is False


@pytest.mark.parametrize(
    "text",
    ["null", "not null", "hidden", "not hidden", "contains(title,'x')", "null and true",
     "null or false", "not (null and true)", "startswith('x',null)"],
)  # fmt: skip
def test_it_is_null(text: str) -> None:
    assert says(text) is None


def test_without_tags_all_holds_and_any_does_not() -> None:
    assert says("tags/all(t:false)", tags=[]) is True
    assert says("tags/any(t:true)", tags=[]) is False
    assert says("tags/any()", tags=[]) is False
    assert says("tags/$count eq 0", tags=[]) is True


def test_a_date_next_to_a_column_of_moments_becomes_a_constant_moment() -> None:
    created = Column("created_on", Type.MOMENT)
    midnight = Constant(datetime(2024, 4, 5, tzinfo=UTC), Type.MOMENT)
    assert read("createdOn ge 2024-04-05") == Compare("ge", created, midnight)
    promoted = Call("moment", (Column("birthday", Type.DATE),), Type.MOMENT)
    assert read("birthday eq createdOn") == Compare("eq", promoted, created)


def test_a_time_before_now_is_a_constant() -> None:
    week_ago = Constant(NOW - timedelta(7), Type.MOMENT)
    created = Column("created_on", Type.MOMENT)
    assert read("createdOn ge now() sub 'P7D'") == Compare("ge", created, week_ago)
    eve = Constant(date(2024, 4, 4), Type.DATE)
    assert read("birthday eq 2024-04-05 sub 'PT1S'") == Compare(
        "eq", Column("birthday", Type.DATE), eve
    )


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("width add 1", Type.INTEGER),
        ("width add 1.0", Type.DECIMAL),
        ("width div 2", Type.INTEGER),
        ("width div 2.0", Type.DECIMAL),
        ("width divby 2", Type.DECIMAL),
        ("width mod 2", Type.INTEGER),
        ("price mul width", Type.DECIMAL),
        ("createdOn add exposure", Type.MOMENT),
        ("createdOn sub modifiedOn", Type.DURATION),
        ("createdOn sub birthday", Type.DURATION),
        ("exposure add exposure", Type.DURATION),
        ("exposure mul 2", Type.DURATION),
        ("2 mul exposure", Type.DURATION),
        ("exposure divby price", Type.DURATION),
    ],
)
def test_a_calculation_has_the_type_of_its_operands(text: str, type_: Type) -> None:
    node = read(f"{text} eq null")
    assert isinstance(node, Compare)
    assert isinstance(node.left, Calculate)
    assert node.left.type is type_


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("width add null", Type.INTEGER),
        ("width divby null", Type.DECIMAL),
        ("null mul duration'P1D'", Type.DURATION),
        ("createdOn add null", Type.MOMENT),
        ("createdOn sub null", Type.NULL),
        ("tolower(null)", Type.STRING),
        ("substring(title,width add null)", Type.STRING),
        ("round(null)", Type.DECIMAL),
    ],
)
def test_null_makes_a_constant_null_of_the_type_that_it_would_have(text: str, type_: Type) -> None:
    node = read(f"null eq {text}")
    assert isinstance(node, Compare)
    assert node.right == Constant(None, type_)


def test_rounding_a_decimal_is_a_call_and_a_whole_number_stays() -> None:
    price = Column("price", Type.DECIMAL)
    assert read("round(price) eq 1.5") == Compare(
        "eq",
        Call("round", (price,), Type.DECIMAL),
        Constant(Decimal("1.5"), Type.DECIMAL),
    )
    assert read("ceiling(width) eq 1") == read("width eq 1")
