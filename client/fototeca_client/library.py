"""A library as readers see it: images, lists, links, and their bytes."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from fototeca_client.calls import Answer, Calls
from fototeca_client.downloads import Fetch, download
from fototeca_client.errors import (
    ImageFailedError,
    ProcessingTimeoutError,
)
from fototeca_client.image import Image, Rendition, image_of
from fototeca_client.links import Link, link_of
from fototeca_client.queries import (
    batches,
    filter_of_names,
    members_in,
    path_to,
    query_of,
)
from fototeca_client.retries import Retries

FIRST_LOOK_S, LONGEST_LOOK_S = 0.1, 2.0


class Library:
    """What is read of one service, as one key sees it."""

    def __init__(
        self, url: str, key: str, *, retries: Retries | None = None, connections: int = 16
    ) -> None:
        self._calls = Calls(url, key, retries or Retries(), connections)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._calls.close()

    async def get(self, reference: str, *, select: Sequence[str] = ()) -> Image:
        """Return one image, with the members that `select` names besides the fifteen."""
        query = query_of({"$select": _selected(select)})
        return read(await self._calls.call("GET", path_to(reference) + query))

    async def list(
        self,
        *,
        filter: str | None = None,  # noqa: A002 -- the option's name
        search: str | None = None,
        orderby: str | None = None,
        select: Sequence[str] = (),
        deleted: bool = False,
    ) -> AsyncIterator[Image]:
        """Yield every image that there is, or that OData's `filter` and `search` leave.

        Pages are fetched as they are needed; an image is seen once, whatever is written meanwhile.
        """
        options = {
            "$filter": filter,
            "$search": search,
            "$orderby": orderby,
            "$select": _selected(select),
            "deleted": "true" if deleted else None,
        }
        async for fields in self._pages("/images", query_of(options)):
            yield image_of(fields)

    async def _pages(self, path: str, query: str | None) -> AsyncIterator[Mapping[str, Any]]:
        while query is not None:
            page = (await self._calls.call("GET", path + query)).json
            for fields in page["value"]:
                yield fields
            # Only its query: the key goes to the address that it was given for.
            _, mark, rest = page.get("@nextLink", "").partition("?")
            query = mark + rest if mark else None

    async def find(
        self, references: Iterable[str], *, select: Sequence[str] = ()
    ) -> dict[str, Image]:
        """Return those of these images that exist, by reference; asks for many at once."""
        found = {}
        for names in batches(references):
            async for image in self.list(filter=filter_of_names(names), select=select):
                found[image.reference] = image
        return found

    async def count(
        self,
        *,
        filter: str | None = None,  # noqa: A002 -- the option's name
        search: str | None = None,
    ) -> int:
        """Return how many images there are; beyond 100,000 an estimate."""
        query = query_of({"$filter": filter, "$search": search})
        return int((await self._calls.call("GET", "/images/$count" + query)).body)

    async def members(self) -> tuple[str, ...]:
        """Return the names of all members that `select` may ask for."""
        return members_in((await self._calls.call("GET", "/$metadata")).body.decode())

    async def links(self, reference: str) -> AsyncIterator[Link]:
        """Yield who uses an image."""
        async for fields in self._pages(path_to(reference) + "/links", ""):
            yield link_of(fields)

    async def wait_until_ready(
        self, reference: str, *, timeout_s: float = 300.0, select: Sequence[str] = ()
    ) -> Image:
        """Return the image once it is `Ok`; raise ImageFailedError if it cannot be processed."""
        deadline, pause_s = time.monotonic() + timeout_s, FIRST_LOOK_S
        while (
            image := await self.get(reference, select=["statusReason", "statusDetail", *select])
        ).is_busy:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise ProcessingTimeoutError(f"{reference} is {image.status} after {timeout_s:g} s")
            await asyncio.sleep(min(pause_s, left_s))
            pause_s = min(LONGEST_LOOK_S, pause_s * 1.5)
        if image.status == "Er":
            fields = image.fields
            raise ImageFailedError(reference, fields["statusReason"], fields["statusDetail"])
        return image

    async def download(
        self, image: Image, target: Path, rendition: Rendition = Rendition.ORIGINAL
    ) -> int:
        """Write an original or a thumbnail to a file, in place once whole; return its bytes.

        The original is checked where the image was asked for with `select=["sha256"]`. Where its
        URL is over, as those of private originals are after a while, a new one is asked for.
        """
        fetch = Fetch(self._calls.session, target, self._calls.retries)
        return await download(fetch, image, rendition, lambda: self.get(image.reference))


def _selected(names: Sequence[str]) -> str | None:
    return ",".join(["*", *names]) if names else None


def read(answer: Answer) -> Image:
    """Return the image that an answer shows."""
    return image_of(answer.json, answer.headers.get("ETag"))
