"""A real browser that looks at the test's own service, and listens to what it complains about."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from shared.settings import Settings
from tests.bucket import Bucket
from tests.client import Client
from worker.running import work

PROGRAMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
TIMEOUT_MS = 60_000
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
REFUSAL = re.compile(r"Failed to load resource: .*(?:status of (\d+)|(net::ERR_\w+))")


@dataclass
class Console:
    """What the browser complains about: errors of scripts, refused requests, policy violations."""

    complaints: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        """Note errors and warnings."""
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def expect(self, *reasons: str) -> None:
        """Forget refused requests with these reasons: a status, or a net::ERR_ word.

        To be said at the end of a test: a page may have asked once more by then.
        """
        matches = [(text, REFUSAL.match(text)) for text in self.complaints]
        assert set(reasons) <= {
            reason for _, match in matches if match for reason in match.groups()
        }
        self.complaints = [
            text for text, match in matches if not match or not set(reasons) & set(match.groups())
        ]


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, from wherever the system has it."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("there is no Chromium here")
    expect.set_options(timeout=TIMEOUT_MS)
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path=program, args=ARGUMENTS, timeout=TIMEOUT_MS
        )
        yield opened
        await opened.close()


@pytest.fixture
def origin(client: Client) -> str:
    """Where the page is; the images' URLs name the same place."""
    service = client.service
    service.library.settings.public_url = service.origin
    return service.origin


@pytest.fixture
def console() -> Console:
    """What the page's browser says."""
    return Console()


@pytest.fixture
async def page(browser: Browser, console: Console) -> AsyncIterator[Page]:
    """A tab of a new profile, about which the browser has nothing to complain in the end."""
    context = await browser.new_context()
    context.set_default_timeout(TIMEOUT_MS)
    opened = await context.new_page()
    opened.on("console", console.hear)
    opened.on("pageerror", lambda error: console.complaints.append(str(error)))
    yield opened
    await context.close()
    assert console.complaints == []


@pytest.fixture
async def gallery(page: Page, origin: str, client: Client) -> Page:
    """The page, opened by a link that holds the key, once it knows that the library is empty.

    Before, a file could be listed while it is still being sent, by a card of its own for a moment.
    """
    await page.goto(f"{origin}/ui/#key={client.key}")
    await expect(page.get_by_text("No pictures yet")).to_be_visible()
    return page


@pytest.fixture
async def worker(settings: Settings, bucket: Bucket) -> AsyncIterator[None]:
    """A worker that works by itself."""
    assert bucket.name == settings.s3_bucket
    stop = asyncio.Event()
    working = asyncio.create_task(work(settings, stop))
    yield
    stop.set()
    await working
