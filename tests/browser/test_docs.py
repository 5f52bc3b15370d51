"""The page `/docs`: the document, shown by files of this service alone."""

from playwright.async_api import Page, Request, expect

from tests.client import Client


async def test_the_page_shows_every_call_and_asks_no_other_host(
    page: Page, origin: str, client: Client
) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    await page.goto(f"{origin}/docs")
    document = (await client.call("GET", "/openapi.json")).json
    for tag in document["tags"]:
        await expect(page.locator(f"#operations-tag-{tag['name']}")).to_be_visible()
    calls = sum(len(item.keys() - {"parameters"}) for item in document["paths"].values())
    await expect(page.locator(".opblock")).to_have_count(calls)
    assert [url for url in asked if not url.startswith((origin, "data:"))] == []


async def test_a_call_is_tried_from_the_page_with_a_key(
    page: Page, origin: str, client: Client
) -> None:
    await page.goto(f"{origin}/docs#/dam/countImages")
    call = page.locator("#operations-dam-countImages")
    await call.locator(".authorization__btn").click()
    await page.locator("#api_key_value").fill(client.key)
    await page.get_by_role("button", name="Apply credentials").click()
    await page.get_by_role("button", name="Close", exact=True).click()
    await call.get_by_role("button", name="Execute").click()
    answered = call.locator(".live-responses-table tbody .response-col_status")
    await expect(answered).to_have_text("200")
