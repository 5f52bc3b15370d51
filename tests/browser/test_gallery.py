"""The page `/ui/`: what someone with a browser and a key is promised."""

import base64
import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import FilePayload, Locator, Page, expect

from shared.domain.image import Role
from tests.browser.conftest import Console
from tests.client import Client, make_client, picture
from worker.settings import Parts

Way = Callable[[Page, str, bytes], Awaitable[None]]

HOSTILE = "<img src=x onerror=alert(1)>.jpg"

TRANSFER = """([name, data]) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, {type: "image/jpeg"}));
    return transfer;
}"""
PASTE = """(transfer) => document.body.dispatchEvent(
    new ClipboardEvent("paste", {clipboardData: transfer, bubbles: true}))"""


async def pick(page: Page, name: str, data: bytes) -> None:
    file = FilePayload(name=name, mimeType="image/jpeg", buffer=data)
    await page.set_input_files("#picker", [file])


async def drop(page: Page, name: str, data: bytes) -> None:
    transfer = await page.evaluate_handle(TRANSFER, [name, base64.b64encode(data).decode()])
    await page.dispatch_event("#drop", "dragover", {"dataTransfer": transfer})
    await page.dispatch_event("#drop", "drop", {"dataTransfer": transfer})


async def paste(page: Page, name: str, data: bytes) -> None:
    transfer = await page.evaluate_handle(TRANSFER, [name, base64.b64encode(data).decode()])
    await page.evaluate(PASTE, transfer)


def card(page: Page, text: str | re.Pattern[str]) -> Locator:
    return page.locator(".card").filter(has=page.locator(".name", has_text=text))


async def open_viewer(page: Page, name: str) -> Locator:
    await card(page, name).locator(".open").click()
    viewer = page.get_by_role("dialog")
    await expect(viewer.get_by_role("heading", name=name)).to_be_visible()
    return viewer


async def delete(page: Page, name: str) -> Locator:
    viewer = await open_viewer(page, name)
    await viewer.get_by_role("button", name="Delete").click()
    await viewer.locator(".sure").get_by_role("button", name="Delete").click()
    return viewer


async def natural_size(image: Locator) -> list[int]:
    size: list[int] = await image.evaluate("image => [image.naturalWidth, image.naturalHeight]")
    return size


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("way", [pick, drop, paste])
async def test_photograph_appears_and_becomes_ok_with_a_loaded_thumbnail(
    gallery: Page, way: Way
) -> None:
    await way(gallery, "harbour.jpg", picture(640, 480))
    shown = card(gallery, re.compile("harbour|pasted"))
    await expect(shown).to_contain_text("ReadyOk")
    thumbnail = shown.locator('img:not(.loading)[src*="/cdn/"]')
    await expect(thumbnail).to_be_visible()
    assert await natural_size(thumbnail) == [400, 300]


@pytest.mark.usefixtures("worker")
async def test_preview_and_four_urls_are_shown(gallery: Page, client: Client) -> None:
    await pick(gallery, "harbour.jpg", picture(640, 480))
    await expect(card(gallery, "harbour.jpg")).to_contain_text("ReadyOk")
    viewer = await open_viewer(gallery, "harbour.jpg")
    await expect(viewer.locator("img")).to_have_js_property("naturalWidth", 640)
    await expect(viewer).to_contain_text("640 \N{MULTIPLICATION SIGN} 480 px")
    answer = await client.get("harbour.jpg")
    urls = [answer.json[name] for name in answer.json if name.endswith("Url")]
    shown = [await field.input_value() for field in await viewer.locator(".urls input").all()]
    assert shown == urls
    assert len(shown) == 4


@pytest.mark.usefixtures("worker")
async def test_broken_file_says_why_it_failed(gallery: Page, client: Client) -> None:
    await pick(gallery, "broken.jpg", picture(640, 480)[:2000])
    await expect(card(gallery, "broken.jpg")).to_contain_text("FailedEr")
    image = await client.row("broken.jpg")
    assert image.status_detail
    assert image.status_reason
    await expect(card(gallery, "broken.jpg")).to_contain_text(image.status_detail)
    await expect(card(gallery, "broken.jpg")).to_contain_text(image.status_reason)
    await expect(await open_viewer(gallery, "broken.jpg")).to_contain_text(image.status_detail)


async def test_wrong_key_is_asked_for_again(
    page: Page, origin: str, client: Client, console: Console
) -> None:
    await page.goto(f"{origin}/ui/")
    await page.get_by_label("API key").fill("ft1_wrong")
    await page.get_by_role("button", name="Open").click()
    await expect(page.get_by_role("alert").first).to_contain_text("not known")
    await expect(page.get_by_label("API key")).to_be_focused()
    await page.get_by_label("API key").fill(client.key)
    await page.get_by_role("button", name="Open").click()
    await expect(page.get_by_text("No pictures yet")).to_be_visible()
    console.expect("400")


async def test_revoked_key_is_asked_for_once_and_another_goes_on(
    gallery: Page, client: Client, console: Console
) -> None:
    await gallery.evaluate("sessionStorage.setItem('fototeca.key', 'ft1_revoked')")
    await pick(gallery, "harbour.jpg", picture())
    await gallery.get_by_label("API key").fill(client.key)
    await gallery.get_by_role("button", name="Open").click()
    await gallery.get_by_role("button", name="Try again").click()
    await expect(card(gallery, "harbour.jpg")).to_contain_text("ProcessingUp")
    console.expect("400")


async def test_key_in_the_link_leaves_the_address_bar_and_stays_in_the_tab(
    gallery: Page, origin: str
) -> None:
    await expect(gallery.get_by_text("No pictures yet")).to_be_visible()
    assert gallery.url == f"{origin}/ui/"
    await gallery.reload()
    await expect(gallery.get_by_text("No pictures yet")).to_be_visible()


async def test_deleted_image_comes_back_by_undo(
    page: Page, origin: str, client: Client, parts: Parts
) -> None:
    await client.put_ok(parts, "harbour.jpg", picture())
    await page.goto(f"{origin}/ui/#key={client.key}")
    await delete(page, "harbour.jpg")
    await expect(card(page, "harbour.jpg")).to_have_count(0)
    assert (await client.get("harbour.jpg")).status == 404
    undo = page.get_by_role("button", name="Undo")
    await expect(undo).to_be_focused()
    await undo.press("Enter")
    await expect(card(page, "harbour.jpg")).to_contain_text("ReadyOk")
    assert (await client.get("harbour.jpg")).status == 200


@pytest.mark.usefixtures("worker")
async def test_hostile_name_stays_text(gallery: Page) -> None:
    await pick(gallery, HOSTILE, picture())
    await expect(card(gallery, HOSTILE)).to_contain_text("ReadyOk")
    await delete(gallery, HOSTILE)
    await expect(gallery.locator("#toasts")).to_contain_text(HOSTILE)
    await expect(gallery.locator("img[src=x]")).to_have_count(0)


@pytest.mark.usefixtures("worker")
async def test_image_of_the_same_name_is_replaced_only_when_asked(
    gallery: Page, client: Client, console: Console
) -> None:
    await pick(gallery, "it's 100%.jpg", picture())
    await expect(card(gallery, "it's 100%.jpg")).to_contain_text("ReadyOk")
    await pick(gallery, "it's 100%.jpg", picture(80, 60))
    question = gallery.get_by_role("button", name="Replace")
    await expect(question).to_be_visible()
    assert (await client.row("it's 100%.jpg")).revision == 1
    await question.click()
    await expect(card(gallery, "it's 100%.jpg")).to_have_count(1)
    await expect(card(gallery, "it's 100%.jpg")).to_contain_text("80 \N{MULTIPLICATION SIGN} 60")
    console.expect("412")


async def test_delete_while_processing_waits_and_goes_on(
    page: Page, origin: str, client: Client, parts: Parts, console: Console
) -> None:
    await client.put("harbour.jpg", picture())
    await page.goto(f"{origin}/ui/#key={client.key}")
    viewer = await delete(page, "harbour.jpg")
    await expect(viewer.locator(".problem")).to_contain_text("Trying again in")
    await client.process(parts, "harbour.jpg")
    await expect(page.get_by_role("button", name="Undo")).to_be_visible()
    console.expect("409")


async def test_who_may_only_read_is_told_so(page: Page, client: Client, console: Console) -> None:
    reader = await make_client(client.service, "demo", Role.READER)
    await page.goto(f"{client.service.origin}/ui/#key={reader.key}")
    await pick(page, "harbour.jpg", picture())
    await expect(card(page, "harbour.jpg")).to_contain_text("your key has reader")
    await page.get_by_role("button", name="Dismiss").click()
    await expect(card(page, "harbour.jpg")).to_have_count(0)
    console.expect("403")


async def test_library_out_of_reach_is_said_and_tried_again(
    page: Page, client: Client, console: Console
) -> None:
    await page.route("**/images?*", lambda route: route.abort())
    await page.goto(f"{client.service.origin}/ui/#key={client.key}")
    await expect(page.get_by_text("The library cannot be reached")).to_be_visible()
    await page.unroute("**/images?*")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_text("No pictures yet")).to_be_visible()
    console.expect("net::ERR_FAILED")


async def test_all_images_are_reached_page_by_page(page: Page, origin: str, client: Client) -> None:
    for number in range(50):
        assert (await client.put(f"{number}.jpg", b"no picture")).status == 201
    await page.goto(f"{origin}/ui/#key={client.key}")
    await expect(page.locator(".card")).to_have_count(48)
    await page.get_by_role("button", name="Show more").click()
    await expect(page.locator(".card")).to_have_count(50)
    await expect(page.get_by_role("button", name="Show more")).to_be_hidden()


async def test_page_asks_again_only_while_something_is_processed(
    page: Page, origin: str, client: Client, parts: Parts
) -> None:
    await page.clock.install()
    questions: list[str] = []
    page.on("request", lambda request: questions.append(request.url))
    await client.put("harbour.jpg", picture())
    await page.goto(f"{origin}/ui/#key={client.key}")
    await expect(card(page, "harbour.jpg")).to_contain_text("ProcessingUp")
    await client.process(parts, "harbour.jpg")
    await page.clock.run_for(1000)
    await expect(card(page, "harbour.jpg")).to_contain_text("ReadyOk")
    await expect(card(page, "harbour.jpg").locator("img:not(.loading)")).to_be_visible()
    before = list(questions)
    await page.clock.run_for(60_000)
    assert questions == before
