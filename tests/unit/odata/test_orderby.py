"""`$orderby`: keys, directions, and what it refuses."""

import pytest

from api.dam.odata.orderby import parse_orderby
from shared.domain.errors import InvalidInputError
from tests.unit.odata.properties import PROPERTIES


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("width", [("width", False)]),
        ("width asc", [("width", False)]),
        ("width DESC,createdOn Asc", [("width", True), ("created_on", False)]),
        (" \twidth  desc ,\tcreatedOn ", [("width", True), ("created_on", False)]),
        ("$it/width desc", [("width", True)]),
        ("uid,title,id desc", [("uid", False), ("title", False), ("id", True)]),
    ],
)
def test_keys_come_in_their_order(text: str, keys: list[tuple[str, bool]]) -> None:
    found = parse_orderby(text, PROPERTIES)
    assert [(column.name, descending) for column, descending in found] == keys


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("", 1, "expected the name of a property, found the end"),
        ("width,", 7, "expected the name of a property"),
        (",width", 1, "expected the name of a property"),
        ("width,,id", 7, "expected the name of a property"),
        ("width up", 7, "expected asc or desc, found 'up'"),
        ("width desc asc", 12, "expected ',' or the end"),
        ("width id", 7, "expected asc or desc"),
        ("width,id,width desc", 10, "width is a key already"),
        ("width,$it/width", 11, "width is a key already"),
        ("Width", 1, "did you mean width?"),
        ("tags", 1, "tags are many"),
        ("tags/$count", 1, "tags are many"),
        ("length(title)", 1, "there is no property 'length'"),
        ("title/x", 6, "keys are properties alone"),
        ("width(1)", 6, "keys are properties alone"),
        ("-width", 1, "expected the name of a property"),
        ("'width'", 1, "expected the name of a property"),
        ("width;id", 6, "has no meaning here"),
        ("width," * 3_000, 1, "at most 8192"),
    ],
)
def test_a_fault_is_named_where_it_is(text: str, position: int, message: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_orderby(text, PROPERTIES)
    assert caught.value.field == "$orderby"
    assert caught.value.detail.startswith(f"$orderby, character {position}: ")
    assert message in caught.value.detail
