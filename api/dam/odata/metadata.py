"""What clients ask first: the schema (`$metadata`, CSDL as XML) and the service document."""

from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import quoteattr

from api.dam.schema import PROPERTIES, Property
from shared.domain.expression import Type
from shared.domain.metadata import FIELDS, IN_LANGUAGES, LISTS, Gps

NAMESPACE = "Fototeca"

EDM_TYPES = {
    Type.STRING: "Edm.String",
    Type.INTEGER: "Edm.Int64",
    Type.MOMENT: "Edm.DateTimeOffset",
    Type.GUID: "Edm.Guid",
}

LANGUAGES = "Languages"
COMPLEX_TYPES = {"metadata": "Metadata", "gps": "Gps"}

_HEAD = f"""\
<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">
  <edmx:DataServices>
    <Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="{NAMESPACE}">
      <EntityType Name="Image">
        <Key>
          <PropertyRef Name="reference"/>
        </Key>
"""

_CATEGORIES = """\
        <Property Name="categories" Type="Collection(Edm.String)" Nullable="false"/>
"""
"""The ids of an image's categories: for filters alone, which is why no `$select` names them."""

_FOOT = f"""\
      </EntityType>
{{others}}      <EntityContainer Name="Container">
        <EntitySet Name="images" EntityType="{NAMESPACE}.Image"/>
      </EntityContainer>
    </Schema>
  </edmx:DataServices>
</edmx:Edmx>
"""


def csdl() -> str:
    """Return the schema."""
    return (
        _HEAD
        + "".join(_lines(PROPERTIES.values()))
        + _CATEGORIES
        + _FOOT.format(others="".join(_others()))
    )


def service_document(origin: str, context: str) -> dict[str, Any]:
    """Return the list of entity sets; `context` names the member that points to the schema."""
    images = {"name": "images", "kind": "EntitySet", "url": "images"}
    return {context: f"{origin}/$metadata", "value": [images]}


def _lines(properties: Iterable[Property]) -> Iterable[str]:
    for prop in properties:
        edm = EDM_TYPES.get(prop.type) or f"{NAMESPACE}.{COMPLEX_TYPES[prop.name]}"
        kind = f"Collection({edm})" if prop.name == "tags" else edm
        nullable = "" if prop.nullable else ' Nullable="false"'
        precision = ' Precision="0"' if prop.type is Type.MOMENT else ""
        yield (
            f"        <Property Name={quoteattr(prop.name)} Type={quoteattr(kind)}"
            f"{nullable}{precision}/>\n"
        )


def _others() -> Iterable[str]:
    """Yield the complex types; one of languages has a member for each that there is."""
    yield f'      <ComplexType Name="{LANGUAGES}" OpenType="true"/>\n'
    yield from _complex("Gps", dict.fromkeys(Gps.__annotations__, "Edm.Double"))
    kinds = {name: _kind(name) for name in FIELDS if name not in COMPLEX_TYPES}
    yield from _complex("Metadata", kinds)


def _complex(name: str, members: dict[str, str]) -> Iterable[str]:
    yield f'      <ComplexType Name="{name}">\n'
    for member, kind in members.items():
        yield f'        <Property Name="{member}" Type="{kind}"/>\n'
    yield "      </ComplexType>\n"


def _kind(name: str) -> str:
    if name in IN_LANGUAGES:
        return f"{NAMESPACE}.{LANGUAGES}"
    return "Collection(Edm.String)" if name in LISTS else "Edm.String"
