"""`/openapi.json` says what there is, all of it and nothing else; `/docs` shows it."""

from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web
from openapi_spec_validator import OpenAPIV31SpecValidator

from api.app import ROUTES
from tests.client import Client

METHODS = {"get", "put", "post", "patch", "delete"}
PAGES = ("/ui", "/ui/{name}", "/docs", "/docs/", "/docs/{name}")
OF_NO_CONTRACT = {
    ("GET", "/cdn/{key}"),  # keys have slashes, which no path of OpenAPI can have
    ("*", "/images{key}"),  # explains a slash that should have been %2F
    *(("GET", page) for page in PAGES),
}


@pytest.fixture
async def document(client: Client) -> Any:
    answer = await client.call("GET", "/openapi.json", headers={"X-API-KEY": ""})
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    return answer.json


def routed() -> Iterator[tuple[str, str]]:
    """Yield what the application answers, with paths as OpenAPI writes them."""
    app = web.Application()
    app.add_routes([route for routes in ROUTES for route in routes()])
    for route in app.router.routes():
        assert route.resource is not None
        path = route.resource.canonical
        if route.method != "HEAD" and (route.method, path) not in OF_NO_CONTRACT:
            yield route.method.lower(), path


def documented(document: Any) -> Iterator[tuple[str, str]]:
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            yield method, path.replace("/images({reference})", "/images{key}")


async def test_every_call_is_documented_and_every_documented_call_exists(document: Any) -> None:
    assert sorted(documented(document)) == sorted(set(routed()))


async def test_the_document_is_openapi_3_1_with_examples_that_fit(document: Any) -> None:
    assert document["openapi"].startswith("3.1")
    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []
    names = [
        item[m]["operationId"] for item in document["paths"].values() for m in METHODS & {*item}
    ]
    assert len(names) == len(set(names))
