"""Versions and formats: what a client may ask for, what it is told, and that times come back."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.client import Client, Connection, assert_problem, path_to
from tests.library import fill

MINIMAL = "application/json;odata.metadata=minimal"
DIALECTS: dict[str, tuple[str, dict[str, str]]] = {
    "4.01": ("", {}),
    "4.0": ("", {"OData-MaxVersion": "4.0"}),
    "minimal, by Accept": ("", {"Accept": MINIMAL}),
    "minimal, by $format": (f"&$format={quote(MINIMAL)}", {}),
}


@pytest.fixture
async def library(client: Client, postgres: Connection) -> Client:
    """A tenant with images of many moments."""
    await fill(client, postgres, 60)
    return client


@pytest.mark.parametrize("name", DIALECTS)
async def test_a_time_finds_its_image_in_every_dialect(library: Client, name: str) -> None:
    options, headers = DIALECTS[name]
    for row in (await listed(library, f"$top=5{options}", headers))["value"]:
        assert row["createdOn"].endswith("Z") is (name != "4.01")
        for field in ("createdOn", "modifiedOn"):
            # Pasted as it is, with nothing encoded but blanks.
            query = f"$filter={field}%20eq%20{row[field]}{options}"
            assert row in (await listed(library, query, headers))["value"]
        alone = await library.get(row["reference"], f"?{options.lstrip('&')}", headers=headers)
        assert alone.json["createdOn"] == row["createdOn"]


async def listed(client: Client, query: str, headers: dict[str, str]) -> Any:
    """Ask for a list."""
    answer = await client.call("GET", f"/images?{query}", headers=headers)
    assert answer.status == 200, answer.body
    return answer.json


async def test_whole_numbers_are_strings_for_who_asks_for_that(library: Client) -> None:
    accept = {"Accept": f"{MINIMAL};IEEE754Compatible=true"}
    answer = await library.call("GET", "/images?$count=true&$select=*,revision", headers=accept)
    assert answer.headers["Content-Type"] == accept["Accept"]
    plain = await listed(library, "$count=true&$select=*,revision", {"Accept": MINIMAL})
    assert answer.json["@odata.count"] == str(plain["@odata.count"]) == "60"
    assert answer.json["value"] == [_quoted(row) for row in plain["value"]]
    path = path_to(plain["value"][0]["reference"]) + "?$select=*,revision"
    for method, body in (("GET", None), ("PATCH", {"title": "new"})):
        answer = await library.call(method, path, headers=accept, json=body)
        assert answer.json["revision"] == str(plain["value"][0]["revision"])
        assert answer.headers["Content-Type"] == accept["Accept"]


def _quoted(row: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, int) else value for name, value in row.items()}


ASKED = [
    ("/images", 200),
    ("/images?$top=x", 400),
    ("/images?$nope=1", 400),
    ("/images/$count", 200),
    ("/images/$count?$filter=nope", 400),
    (path_to("absent.jpg"), 404),
    ("/images/absent", 404),
    ("/$metadata", 200),
    ("/%24metadata", 200),
    ("/", 200),
]


@pytest.mark.parametrize(("path", "status"), ASKED)
async def test_every_answer_says_its_version(client: Client, path: str, status: int) -> None:
    for asked, told in ((None, "4.01"), ("4.0", "4.0"), ("4.01", "4.01"), ("5.0", "4.01")):
        headers = {"OData-MaxVersion": asked} if asked else {}
        answer = await client.call("GET", path, headers=headers)
        assert (answer.status, answer.headers["OData-Version"]) == (status, told)


async def test_what_is_not_odata_says_no_version(client: Client) -> None:
    assert "OData-Version" not in (await client.call("GET", "/readyz")).headers


@pytest.mark.parametrize("path", ["/images", "/images/$count", "/$metadata", "/"])
async def test_versions_before_4_are_refused(client: Client, path: str) -> None:
    for version in ("3.0", "4", "four", ""):
        answer = await client.call("GET", path, headers={"OData-MaxVersion": version})
        assert_problem(answer, 400, "validation", "OData-MaxVersion")
        assert answer.headers["OData-Version"] == "4.01"


@pytest.mark.parametrize("path", ["/images", "/images/$count", "/$metadata", "/"])
async def test_a_format_that_cannot_be_had_is_refused(client: Client, path: str) -> None:
    for text in ("atom", "json;odata.metadata=some", "json;odata.metadata", "text/html"):
        answer = await client.call("GET", f"{path}?$format={quote(text)}")
        assert_problem(answer, 400, "validation", "$format")


async def test_the_schema_is_xml_and_the_rest_json(client: Client) -> None:
    assert (await client.call("GET", "/$metadata?$format=xml")).status == 200
    assert_problem(
        await client.call("GET", "/$metadata?$format=json"), 400, "validation", "$format"
    )
    answer = await client.call("GET", f"/?$format={quote(MINIMAL)}")
    assert answer.json["@odata.context"].endswith("/$metadata")
