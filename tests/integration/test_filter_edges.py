"""What a filter in SQL gets wrong first: null, and the signs that LIKE knows."""

from collections.abc import Callable

import orjson
import pytest

from api.dam.odata.filter import parse_filter
from api.dam.odata.search import parse_search
from api.dam.schema import SCALARS
from shared.db.database import PostgresDatabase
from shared.domain.expression import Node
from shared.domain.order import with_tie_breaker
from shared.usecases.lists_ports import DocumentField, PageQuery, Selection
from tests.client import Client, Connection
from tests.library import fill
from tests.ways import statements

SIZE = 40
FIELDS = [DocumentField("reference", "reference")]

NULLS: list[tuple[str, Callable[[str | None], bool]]] = [
    ("title eq null", lambda title: title is None),
    ("null ne title", lambda title: title is not None),
    ("title le null", lambda title: title is None),
    ("null ge title", lambda title: title is None),
    ("title lt null or null lt title", lambda _: False),
    ("not (title gt null)", lambda _: True),
    ("title le title and title ge title and title eq title", lambda _: True),
    ("title lt title or title gt title or title ne title", lambda _: False),
    ("title ne 'Red Shoe'", lambda title: title != "Red Shoe"),
    ("not (title eq 'Red Shoe')", lambda title: title != "Red Shoe"),
    ("not (title ge 'M')", lambda title: title is None or title < "M"),
    ("title in (null)", lambda title: title is None),
    ("title in ('Red Shoe',null)", lambda title: title in {"Red Shoe", None}),
    ("not (title in ('Red Shoe'))", lambda title: title != "Red Shoe"),
    ("not (title in ('Red Shoe',null))", lambda title: title not in {"Red Shoe", None}),
    ("contains(title,'Shoe')", lambda title: title is not None and "Shoe" in title),
    ("not contains(title,'Shoe')", lambda title: title is not None and "Shoe" not in title),
    ("contains(title,'Shoe') eq null", lambda title: title is None),
    ("contains(title,'Shoe') ne false", lambda title: title is None or "Shoe" in title),
    ("length(title) eq null", lambda title: title is None),
    ("tags/all(t:title eq null)", lambda title: title is None),
    ("not tags/any(t:title eq null)", lambda title: title is not None),
]


async def found_each_way(client: Client, wanted: str | Node) -> list[list[str]]:
    """Return the names that a filter selects, as each statement finds them."""
    node = parse_filter(wanted, SCALARS) if isinstance(wanted, str) else wanted
    query = PageQuery(Selection(node), FIELDS, with_tie_breaker([]), limit=1000)
    database = client.service.library.database
    assert isinstance(database, PostgresDatabase)
    found = []
    for statement in statements(client.tenant.id, query, "", SIZE):
        (row,) = await database.lists.read(*statement)
        found.append([each["reference"] for each in orjson.loads(f"[{row['documents'] or ''}]")])
    return found


async def test_null_is_compared_as_odata_says(client: Client, postgres: Connection) -> None:
    rows = await fill(client, postgres, SIZE)
    await postgres.execute("UPDATE images SET tags = ARRAY['red']")
    for text, holds in NULLS:
        names = [row["reference"] for row in rows if holds(row["title"])]  # type: ignore[arg-type]
        for found in await found_each_way(client, text):
            assert found == names, text


@pytest.mark.parametrize(
    ("wanted", "part", "unwanted"),
    [
        ("under_1.jpg", "r_1", "under-1.jpg"),
        ("a 50%.jpg", "50%.", "a 50 cm.jpg"),
        ("back\\slash.jpg", "ck\\sla", "backslash.jpg"),
    ],
)
async def test_signs_that_like_knows_are_looked_for_as_they_are(
    client: Client, wanted: str, part: str, unwanted: str
) -> None:
    for name in (wanted, unwanted):
        await client.put(name, b"bytes")
    beginning, ending = wanted.partition(part)[0] + part, part + wanted.partition(part)[2]
    for text in (
        f"contains(reference,'{part}')",
        f"contains(tolower(reference),'{part}')",
        f"contains(toupper(reference),'{part.upper()}')",
        f"startswith(reference,'{beginning}')",
        f"endswith(reference,'{ending}')",
        f"endswith(tolower(reference),'{ending}')",
    ):
        for found in await found_each_way(client, text):
            assert found == [wanted], text


async def test_the_pieces_of_a_part_have_to_stand_as_they_do_in_it(client: Client) -> None:
    names = ["tent-open-a1.jpg", "open-tent-a1.jpg", "tent-opens-1a.jpg", "Tent-Open-A1.jpg"]
    for name in names:
        await client.put(name, b"bytes")
    for part in ("tent-open", "nt-op", "open-a1", "t-open-a", "ent-open-a1.jp", "-a1", "tent-a"):
        for found in await found_each_way(client, f"contains(reference,'{part}')"):
            assert found == [name for name in names if part in name], part
        for found in await found_each_way(client, f"contains(tolower(reference),'{part}')"):
            assert found == [name for name in names if part in name.lower()], part


SEARCHES: list[tuple[str, set[str]]] = [
    ("boats nets", {"partly", "wholly"}),
    ('"boats nets"', {"wholly"}),
    ("dawn boats", {"partly", "apart"}),
    ('"dawn boats"', set()),
    ("dawn nets", {"partly"}),
    ('"at dawn" nets', {"partly"}),
    ('"dawn at" nets', set()),
    ("boats NOT nets", {"apart"}),
    ("nets (dawn OR wholly)", {"partly", "wholly"}),
    ("boats & nets", {"partly", "wholly"}),
    ("½ boats", set()),
    ("Böats nets", {"partly", "wholly"}),
    ('boats "boats boats"', set()),
]
"""With those of the three images below that have the words."""


@pytest.mark.parametrize(("text", "names"), SEARCHES)
async def test_words_are_found_in_texts_and_locales_together(
    text: str, names: set[str], client: Client, postgres: Connection
) -> None:
    for name, title, said in (
        ("partly", "Boats at dawn", "all the nets"),
        ("wholly", None, "Boats, nets"),
        ("apart", "dawn, at boats", None),
    ):
        await client.put(f"{name}.jpg", b"bytes")
        await postgres.execute(
            "UPDATE images SET title = $2, locale_words = to_tsvector('simple', folded($3))"
            " WHERE reference = $1",
            f"{name}.jpg",
            title,
            said,
        )
    for found in await found_each_way(client, parse_search(text)):
        assert set(found) == {f"{name}.jpg" for name in names}
