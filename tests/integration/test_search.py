"""`$search`: words wherever people write them, without regard to case and accents."""

from urllib.parse import quote

import pytest

from tests.client import Client, Connection, path_to
from worker.settings import Parts

HARBOUR = "startswith(reference,'harbour')"
NAMES = ["product-main-front.jpg", "harbour_at_dusk.jpg", "Poster (2).png"]


@pytest.fixture
async def shelf(client: Client, parts: Parts) -> list[str]:
    """Three images that nobody works on."""
    for name in NAMES:
        await client.put(name, name.encode())
        await client.process(parts, name)
    return NAMES


async def found(client: Client, text: str) -> set[str]:
    """Search, and return the references."""
    answer = await client.call("GET", f"/images?$search={quote(text)}&$select=reference")
    assert answer.status == 200, answer.body
    return {row["reference"] for row in answer.json["value"]}


async def edit(client: Client, reference: str, **texts: object) -> None:
    """Write about an image, which is not being processed."""
    answer = await client.call("PATCH", path_to(reference), json=texts)
    assert answer.status == 200, answer.body


async def test_words_are_found_in_every_text(client: Client, shelf: list[str]) -> None:
    vase, harbour, poster = shelf
    await edit(client, vase, title="Terracotta vase", tags=["Handmade", "blue sky"])
    await edit(client, harbour, caption="Boats leave at dawn", alt="Crème brûlée colours")
    assert await found(client, "product") == {vase}
    assert await found(client, "TERRACOTTA") == {vase}
    assert await found(client, "handmade sky") == {vase}
    assert await found(client, "dawn") == {harbour}
    assert await found(client, "creme brulee") == {harbour}
    assert await found(client, "BRÛLÉE") == {harbour}
    assert await found(client, "front jpg") == {vase}
    assert await found(client, "fro") == set()
    assert poster not in await found(client, "dawn OR vase")


async def test_operators_join_words(client: Client, shelf: list[str]) -> None:
    vase, harbour, poster = shelf
    assert await found(client, "product OR harbour") == {vase, harbour}
    assert await found(client, "jpg NOT product") == {harbour}
    assert await found(client, "jpg AND (product OR poster)") == {vase}
    assert await found(client, "NOT jpg") == {poster}
    assert await found(client, '"main front"') == {vase}
    assert await found(client, '"front main"') == set()
    assert await found(client, "front main") == {vase}
    assert await found(client, "front & - main !") == {vase}
    assert await found(client, "& OR -") == set()
    assert await found(client, "'; DROP TABLE images; --") == set()


async def test_search_and_filter_both_hold(client: Client, shelf: list[str]) -> None:
    vase, harbour, _ = shelf
    query = f"$search=jpg&$filter={quote(HARBOUR)}&$count=true"
    answer = await client.call("GET", f"/images?{query}")
    assert answer.json["@count"] == 1
    assert [row["reference"] for row in answer.json["value"]] == [harbour]
    assert vase not in str(answer.json)


@pytest.mark.parametrize(
    "text", ["Red_shoe-2.JPG (x)", "a.b/c\\d'e\"f", "tab\tand\nline", "~!@#$%^&*()_+`{}|[]:;<>?,.="]
)
async def test_the_short_way_for_ascii_finds_the_same_words(
    text: str, postgres: Connection
) -> None:
    """What holds a letter beyond ASCII takes the long way."""
    words = "SELECT to_tsvector('simple', folded($1))"
    short = await postgres.fetchval(words, text)
    long = await postgres.fetchval(words, f"{text} żqx")
    assert [word for word in long.split() if not word.startswith("'zqx'")] == short.split()
