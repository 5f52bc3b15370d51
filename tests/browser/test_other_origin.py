"""A page of another origin sends an image by a presigned upload, in a real browser."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Page

from shared.settings import Settings
from tests.client import Client, eventually

SCRIPT = """async ([api, key, way]) => {
    const ask = (path, body) => fetch(api + path, {
        method: "POST",
        headers: {"X-API-KEY": key, "Content-Type": "application/json"},
        body: JSON.stringify(body),
    });
    const canvas = document.createElement("canvas");
    const blob = await new Promise((done) => canvas.toBlob(done));
    const reference = `${way}.png`;
    const announced = await ask(
        "/images", {reference, sizeInBytes: blob.size, multipart: way === "parts"});
    const {upload} = await announced.json();
    const etags = [];
    for (const part of upload.parts ?? [upload]) {
        const sent = await fetch(part.url, {
            method: upload.method, headers: part.headers, body: blob});
        etags.push({partNumber: part.partNumber, etag: sent.headers.get("ETag")});
    }
    const parts = upload.parts ? {parts: etags} : {};
    const completed = await ask(`/images(${reference})/complete`, parts);
    return [announced.status, completed.status, announced.headers.get("Location")];
}"""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Any page may call."""
    return settings.model_copy(update={"cors_origins": "*"})


@pytest.fixture
async def elsewhere() -> AsyncIterator[str]:
    """A page on a port, and so of an origin, of its own."""

    async def page(_request: web.Request) -> web.Response:
        return web.Response(
            text="<!doctype html><link rel=icon href=data:,><title>A shop</title>",
            content_type="text/html",
        )

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield "http://{}:{}/".format(*runner.addresses[0][:2])
    await runner.cleanup()


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("way", ["whole", "parts"])
async def test_a_page_of_another_origin_sends_an_image(
    way: str, page: Page, elsewhere: str, client: Client
) -> None:
    await page.goto(elsewhere)
    arguments: list[Any] = [client.service.origin, client.key, way]
    name = f"{way}.png"
    said = await page.evaluate(SCRIPT, arguments)
    assert said == [201, 202, f"/images('{name}')"]

    async def is_ok() -> bool:
        return (await client.row(name)).status == "Ok"

    await eventually(is_ok)
