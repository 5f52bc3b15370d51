"""What a client learns before it asks: the schema and the service document, without a key."""

import xml.etree.ElementTree as ET

from api.dam.schema import PROPERTIES
from tests.client import Service

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


async def test_the_schema_names_every_property_and_the_key(service: Service) -> None:
    async with service.session.get(f"{service.origin}/$metadata") as answer:
        assert answer.status == 200
        assert answer.content_type == "application/xml"
        root = ET.fromstring(await answer.text())  # noqa: S314 our own
    entity = root.find(f".//{EDM}EntityType")
    assert entity is not None
    assert [item.get("Name") for item in entity.iter(f"{EDM}PropertyRef")] == ["reference"]
    types = {item.get("Name"): item.get("Type") for item in entity.iter(f"{EDM}Property")}
    assert list(types) == [*PROPERTIES, "categories"]
    assert types["tags"] == "Collection(Edm.String)"
    assert types["createdOn"] == "Edm.DateTimeOffset"
    sets = [item.get("Name") for item in root.iter(f"{EDM}EntitySet")]
    assert sets == ["images"]


async def test_the_root_is_a_service_document_or_the_gallery(service: Service) -> None:
    headers = {"Accept": "application/json"}
    async with service.session.get(f"{service.origin}/", headers=headers) as answer:
        body = await answer.json(content_type=None)
        assert body["value"] == [{"name": "images", "kind": "EntitySet", "url": "images"}]
        assert body["@context"].endswith("/$metadata")
    headers = {"Accept": "text/html,application/xhtml+xml"}
    async with service.session.get(
        f"{service.origin}/", headers=headers, allow_redirects=False
    ) as answer:
        assert (answer.status, answer.headers["Location"]) == (302, "/ui/")
