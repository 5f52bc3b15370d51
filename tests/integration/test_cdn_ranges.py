"""Ranges of the CDN, whatever the S3 server makes of them: rclone ignores them, moto does not."""

from collections.abc import AsyncIterator

import pytest

from shared.domain.image import Role
from shared.settings import Settings
from tests.bucket import open_bucket
from tests.client import Client, Service, assert_problem, make_client, running_service

DATA = bytes(number * 7 % 251 for number in range(300_000))
SIZE = len(DATA)


@pytest.fixture(params=["rclone", "moto"])
async def stored(
    request: pytest.FixtureRequest, settings: Settings, moto: str
) -> AsyncIterator[tuple[Client, str]]:
    """A client, and the URL of an original of DATA in either server."""
    if request.param == "moto":
        settings = settings.model_copy(update={"s3_endpoint_url": moto})
    async with open_bucket(settings) as bucket, running_service(settings) as service:
        await bucket.create()
        client = await _tenant(service)
        yield client, (await client.put("a.bin", DATA)).json["originalUrl"]


async def _tenant(service: Service) -> Client:
    return await make_client(service, "demo", Role.ADMIN)


PARTS = {
    "bytes=0-0": (0, 1),
    "bytes=0-99": (0, 100),
    "bytes=1000-1999": (1000, 2000),
    "bytes=131072-262144": (131072, 262145),
    f"bytes={SIZE - 1}-{SIZE + 99}": (SIZE - 1, SIZE),
    "bytes=299000-": (299000, SIZE),
    "bytes=0-": (0, SIZE),
    "bytes=-1": (SIZE - 1, SIZE),
    "bytes=-1000": (SIZE - 1000, SIZE),
    f"bytes=-{SIZE + 1}": (0, SIZE),
}
WHOLE = [
    "bytes=-",
    "bytes=5-1",
    "bytes=0-1,5-6",
    "lines=1-2",
    "bytes=a-b",
    "bytes",
    "",
    f"bytes=0-{'9' * 40}",
]
OUTSIDE = [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 1}", "bytes=-0", f"bytes={'9' * 18}-"]


async def test_a_range_is_its_bytes_and_says_so(stored: tuple[Client, str]) -> None:
    client, url = stored
    for header, (start, end) in PARTS.items():
        answer = await client.cdn(url, headers={"Range": header})
        assert answer.status == 206, header
        assert answer.body == DATA[start:end], header
        assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{SIZE}"
        assert answer.headers["Content-Length"] == str(end - start)


async def test_what_is_no_single_range_is_the_whole(stored: tuple[Client, str]) -> None:
    client, url = stored
    for header in WHOLE:
        answer = await client.cdn(url, headers={"Range": header})
        assert (answer.status, len(answer.body)) == (200, SIZE), header
        assert "Content-Range" not in answer.headers
        assert answer.headers["Accept-Ranges"] == "bytes"
    assert (await client.cdn(url)).body == DATA


async def test_a_range_outside_is_416_with_the_size(stored: tuple[Client, str]) -> None:
    client, url = stored
    for header in OUTSIDE:
        answer = await client.cdn(url, headers={"Range": header})
        assert answer.status == 416, header
        assert answer.headers["Content-Range"] == f"bytes */{SIZE}"
        assert_problem(answer, 416, "range-not-satisfiable", "Range")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


async def test_a_range_of_other_bytes_is_the_whole(stored: tuple[Client, str]) -> None:
    client, url = stored
    etag = (await client.cdn(url)).headers["ETag"]
    for known, status in ((etag, 206), ('"other"', 200), (f"W/{etag}", 200)):
        answer = await client.cdn(url, headers={"Range": "bytes=0-9", "If-Range": known})
        assert answer.status == status, known


async def test_head_knows_no_ranges(stored: tuple[Client, str]) -> None:
    client, url = stored
    answer = await client.cdn(url, method="HEAD", headers={"Range": "bytes=0-9"})
    assert (answer.status, answer.headers["Content-Length"]) == (200, str(SIZE))
