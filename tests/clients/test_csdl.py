"""CSDL parsers that others wrote read the schema as it is meant."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from api.dam.schema import PROPERTIES
from tests.client import Service
from tests.clients.running import run_node, run_python

pytestmark = pytest.mark.timeout(300)  # the first run installs the parsers


@pytest.fixture
async def csdl(service: Service) -> bytes:
    """The schema as the service gives it, without a key."""
    async with service.session.get(f"{service.origin}/$metadata") as answer:
        assert answer.status == 200
        return await answer.read()


@pytest.fixture
async def parsed(node_modules: Path, csdl: bytes) -> Any:
    """What the parsers made of it."""
    return orjson.loads(await run_node(node_modules, "csdl.cjs", csdl))


async def test_the_parser_of_oasis_reads_the_schema(parsed: Any) -> None:
    assert parsed["messages"] == []
    image = parsed["oasis"]["Fototeca"]["Image"]
    assert image["$Key"] == ["reference"]
    assert [name for name in image if not name.startswith("$")] == [*PROPERTIES, "categories"]
    assert image["tags"] == image["categories"] == {"$Collection": True}
    assert image["createdOn"] == {"$Type": "Edm.DateTimeOffset", "$Precision": 0}
    assert image["fileType"] == {"$Nullable": True}
    images = parsed["oasis"]["Fototeca"]["Container"]["images"]
    assert images == {"$Collection": True, "$Type": "Fototeca.Image"}


async def test_the_parser_of_sap_reads_the_schema(parsed: Any) -> None:
    schema = parsed["sap"]["schema"]
    (image,) = schema["entityTypes"]
    assert [key["name"] for key in image["keys"]] == ["reference"]
    nullable = {prop["name"]: prop.get("nullable", True) for prop in image["entityProperties"]}
    assert nullable.pop("categories") is False
    assert nullable == {name: prop.nullable for name, prop in PROPERTIES.items()}
    (images,) = schema["entitySets"]
    assert (images["name"], images["entityTypeName"]) == ("images", "Fototeca.Image")


async def test_the_schema_is_valid_against_the_xsd_of_oasis(
    node_modules: Path, python: Path, csdl: bytes
) -> None:
    schema = node_modules / "odata-csdl" / "schemas" / "edmx.xsd"
    await run_python(python, "csdl_schema.py", csdl, str(schema))
