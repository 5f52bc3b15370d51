"""Private originals: signed addresses in every answer, which expire, and a CDN that insists."""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.domain.image import Originals, Role
from shared.settings import Settings
from tests.backoffice import create
from tests.client import (
    Answer,
    Client,
    assert_problem,
    make_client,
    path_to,
    picture,
    running_service,
)
from tests.receivers import receiving, subscribe
from tests.streams import listening
from worker.settings import Parts

LIFE_S = 604_800
HARD = "ä/'%41 ?&#+.jpg"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings with which receivers on this machine can be reached.

    Addresses live for a week: those of the next step, which begins every fourth of it, come seldom.
    """
    update = {"outgoing_allowed_hosts": "127.0.0.1", "original_url_ttl_s": LIFE_S}
    return settings.model_copy(update=update)


@pytest.fixture
async def private(client: Client) -> Client:
    """An admin of a tenant whose originals are private."""
    await make(client, Originals.PRIVATE)
    return client


async def make(client: Client, originals: Originals) -> None:
    """Change who sees a tenant's originals, and have this process know at once."""
    library = client.service.library
    await library.database.set_originals(client.tenant.id, originals)
    library.principals.clear()


async def unsigned(client: Client, url: str, **kwargs: Any) -> Answer:
    """Fetch an original by its address without query."""
    return await client.cdn(url.partition("?")[0], **kwargs)


def expiry(url: str) -> int:
    """Return when an address ends."""
    return int(parse_qs(urlsplit(url).query)["expires"][0])


@pytest.mark.parametrize("reference", ["a.jpg", HARD])
async def test_an_original_is_shown_at_its_signed_address_only(
    private: Client, parts: Parts, reference: str
) -> None:
    data = picture()
    await private.put_ok(parts, reference, data)
    url = (await private.get(reference)).json["originalUrl"]
    served = await private.cdn(url)
    assert (served.status, served.body) == (200, data)
    assert_problem(await unsigned(private, url), 403, "address-unsigned")
    later = url.replace(f"expires={expiry(url)}", f"expires={expiry(url) + 1}")
    for wrong in (url[:-1], later, url[:-1] + ("0" if url[-1] != "0" else "1"), f"{url}%C3%A4"):
        assert_problem(await private.cdn(wrong), 403, "address-unsigned")


async def test_an_address_that_is_over_says_so(private: Client, parts: Parts) -> None:
    row = await private.put_ok(parts, "a.jpg", picture())
    url = (await private.get("a.jpg")).json["originalUrl"].partition("?")[0]
    pads = private.service.library.signer.pads(time.time() - LIFE_S - 1)
    over = await private.cdn(url + pads.suffix(row.original_key or ""))
    assert_problem(over, 403, "address-expired")
    assert over.headers["Cache-Control"] == "no-store"


async def test_an_address_shows_no_other_original(private: Client, parts: Parts) -> None:
    await private.put_ok(parts, "a.jpg", picture())
    await private.put_ok(parts, "b.jpg", picture(shade=1))
    one, other = [(await private.get(name)).json["originalUrl"] for name in ("a.jpg", "b.jpg")]
    mixed = one.partition("?")[0] + "?" + other.partition("?")[2]
    assert_problem(await private.cdn(mixed), 403, "address-unsigned")


async def test_thumbnails_stay_public(private: Client, parts: Parts) -> None:
    await private.put_ok(parts, "a.jpg", picture())
    image = (await private.get("a.jpg", "?$select=*,thumbnailSquareUrl")).json
    for name in ("thumbnailUrl", "thumbnailMediumUrl", "thumbnailPreviewUrl", "thumbnailSquareUrl"):
        answer = await private.cdn(image[name])
        assert (answer.status, "?" in image[name]) == (200, False)
        assert "immutable" in answer.headers["Cache-Control"]


async def test_caches_keep_a_signed_original_no_longer_than_its_address(
    private: Client, parts: Parts
) -> None:
    data = picture()
    await private.put_ok(parts, "a.jpg", data)
    url = (await private.get("a.jpg")).json["originalUrl"]
    served = await private.cdn(url)
    scope, _, age = served.headers["Cache-Control"].partition(", max-age=")
    assert scope == "private"
    assert LIFE_S * 0.7 < int(age) <= expiry(url) - time.time() + 1
    head = await private.cdn(url, method="HEAD")
    assert (head.status, head.headers["Content-Length"]) == (200, str(len(data)))
    assert (await unsigned(private, url, method="HEAD")).status == 403
    part = await private.cdn(url, headers={"Range": "bytes=3-9"})
    assert (part.status, part.body) == (206, data[3:10])
    assert (await unsigned(private, url, headers={"Range": "bytes=3-9"})).status == 403
    known = {"If-None-Match": served.headers["ETag"]}
    assert (await private.cdn(url, headers=known)).status == 304
    assert (await unsigned(private, url, headers=known)).status == 403


async def test_every_answer_tells_the_same_signed_address(private: Client, parts: Parts) -> None:
    async with listening(private) as stream, receiving() as receiver:
        await subscribe(private, receiver, "image.ready")
        await private.put_ok(parts, HARD, picture())
        await parts.relay.number()
        event = (await stream.until("image.ready"))[-1]
        for turn in await parts.deliverer.claim(9, failing=False):
            await parts.deliverer.serve(turn)
        (told,) = receiver.taken
    one = (await private.get(HARD)).json["originalUrl"]
    (listed,) = (await private.call("GET", "/images")).json["value"]
    wanted = "$filter=width%20gt%201&$select=originalUrl"
    (found,) = (await private.call("GET", f"/images?{wanted}")).json["value"]
    revisions = await private.call("GET", path_to(HARD) + "/revisions")
    patched = await private.call("PATCH", path_to(HARD), json={"title": "t"})
    assert expiry(one) > time.time()
    assert [
        event["data"]["originalUrl"],
        told["data"]["originalUrl"],
        listed["originalUrl"],
        found["originalUrl"],
        revisions.json["value"][0]["originalUrl"],
        patched.json["originalUrl"],
        (await create(private, "b.jpg"))["original_url"].partition("?")[2].partition("&")[0],
    ] == [one] * 6 + [f"expires={expiry(one)}"]


async def test_an_answer_is_not_modified_only_while_its_address_is_the_same(
    private: Client, parts: Parts, settings: Settings
) -> None:
    await private.put_ok(parts, "a.jpg", picture())
    tag = {"If-None-Match": (await private.get("a.jpg")).headers["ETag"]}
    assert (await private.get("a.jpg", headers=tag)).status == 304
    other = settings.model_copy(update={"original_url_ttl_s": LIFE_S // 2})
    async with running_service(other) as service:
        caller = await make_client(service, "demo", Role.READER)
        assert (await caller.get("a.jpg", headers=tag)).status == 200
        plain = "?$select=id"
        tag = {"If-None-Match": (await private.get("a.jpg", plain)).headers["ETag"]}
        assert (await caller.get("a.jpg", plain, headers=tag)).status == 304


async def test_public_and_private_follow_the_setting_at_once(private: Client, parts: Parts) -> None:
    await private.put_ok(parts, "a.jpg", picture())
    url = (await private.get("a.jpg")).json["originalUrl"]
    await make(private, Originals.PUBLIC)
    plain = (await private.get("a.jpg")).json["originalUrl"]
    assert plain == url.partition("?")[0]
    assert (await private.cdn(plain)).status == (await private.cdn(url)).status == 200
    await make(private, Originals.PRIVATE)
    assert_problem(await private.cdn(plain), 403, "address-unsigned")


async def test_a_deleted_original_is_gone_at_its_signed_address(
    private: Client, parts: Parts
) -> None:
    await private.put_ok(parts, "a.jpg", picture())
    url = (await private.get("a.jpg")).json["originalUrl"]
    await private.delete("a.jpg")
    assert_problem(await private.cdn(url), 410, "gone")
    assert_problem(await unsigned(private, url), 403, "address-unsigned")
