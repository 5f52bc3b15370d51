"""The client: one method for each call of the service."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote
from uuid import uuid4

from fototeca_client.body import Body, Progress
from fototeca_client.calls import Answer, Calls
from fototeca_client.direct import send
from fototeca_client.downloads import Fetch, download
from fototeca_client.errors import (
    ConflictError,
    ImageFailedError,
    NotFoundError,
    PreconditionFailedError,
    ProcessingTimeoutError,
)
from fototeca_client.image import Effect, Image, Rendition, Stored, image_of
from fototeca_client.links import Link, link_of
from fototeca_client.operations import Operations
from fototeca_client.queries import (
    batches,
    filter_of_names,
    members_in,
    path_to,
    path_to_link,
    query_of,
)
from fototeca_client.retries import Retries

EFFECTS = {201: Effect.CREATED, 202: Effect.REPLACED, 200: Effect.UNCHANGED}
FIRST_LOOK_S, LONGEST_LOOK_S = 0.1, 2.0


class Fototeca:
    """One service, as one key sees it. Use it with `async with`, or `close` it.

    `retries` says how often calls are tried again; at most `connections` are open at once.
    """

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

    @property
    def operations(self) -> Operations:
        """Changes to all images that a filter selects."""
        return Operations(self._calls)

    async def get(self, reference: str, *, select: Sequence[str] = ()) -> Image:
        """Return one image, with the members that `select` names besides the fifteen."""
        query = query_of({"$select": _selected(select)})
        return _read(await self._calls.call("GET", path_to(reference) + query))

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

    async def put(
        self,
        reference: str,
        source: Path | bytes,
        *,
        create_only: bool = False,
        if_match: str | None = None,
        progress: Progress | None = None,
    ) -> Stored:
        """Upload a file, or bytes: streamed, and from its start again if the connection breaks.

        `create_only` refuses a reference that exists (PreconditionFailedError); a try that had
        stored these very bytes unheard counts as the one that created it. An empty file is refused.
        """
        body = await asyncio.to_thread(Body, source, progress)
        headers = _conditions(if_match) | ({"If-None-Match": "*"} if create_only else {})
        try:
            answer = await self._calls.call("PUT", path_to(reference), headers=headers, body=body)
        except PreconditionFailedError as error:
            if create_only and error.was_lost:
                return await self._stored_unheard(reference, body, error)
            raise
        return Stored(_read(answer), EFFECTS[answer.status], body.sha256)

    async def create_from_url(
        self, reference: str, source_url: str, tags: Sequence[str] = ()
    ) -> Image:
        """Create an image whose bytes the service fetches; `wait_until_ready` says how that went.

        A reference that exists is refused (ConflictError).
        """
        wanted = {"reference": reference, "sourceUrl": source_url, "tags": [*tags]}
        headers = {"Content-Type": "application/json"}
        body = json.dumps(wanted).encode()
        try:
            answer = await self._calls.call("POST", "/images", headers=headers, body=body)
        except ConflictError as error:
            if error.was_lost:
                image = await self.get(reference, select=["sourceUrl"])
                if image.fields["sourceUrl"] == source_url:
                    return image
            raise
        return _read(answer)

    async def _stored_unheard(
        self, reference: str, body: Body, error: PreconditionFailedError
    ) -> Stored:
        image, sha256 = await self.get(reference, select=["sha256"]), await body.digest()
        if image.fields["sha256"] != sha256:
            raise error
        return Stored(image, Effect.CREATED, sha256)

    async def put_directly(
        self,
        reference: str,
        source: Path | bytes,
        *,
        tags: Sequence[str] = (),
        in_parts: bool = False,
        progress: Progress | None = None,
    ) -> Image:
        """Create an image whose bytes go straight to the bucket, past the service.

        They are read twice, as their SHA-256 is announced. A reference that exists is refused
        (ConflictError). Files above 256 MiB go in parts by themselves.
        """
        body = await asyncio.to_thread(Body, source, None)
        wanted = {
            "reference": reference,
            "sizeInBytes": body.size,
            "sha256": await body.digest(),
            "tags": list(tags),
            "multipart": in_parts,
        }
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
        text = json.dumps(wanted).encode()
        announced = await self._calls.call("POST", "/images", headers=headers, body=text)
        await send(self._calls, announced.json["upload"], source, body.size, progress)
        return _read(await self._calls.call("POST", path_to(reference) + "/complete"))

    async def patch(
        self, reference: str, changes: Mapping[str, Any], *, if_match: str | None = None
    ) -> Image:
        """Change some of `tags title alt caption gravity reference`.

        With `if_match` (an `etag`), a change that was made but not heard of ends as a
        PreconditionFailedError whose `was_lost` is true.
        """
        headers = _conditions(if_match) | {"Content-Type": "application/json"}
        body = json.dumps(dict(changes)).encode()
        return _read(
            await self._calls.call("PATCH", path_to(reference), headers=headers, body=body)
        )

    async def delete(
        self, reference: str, *, purge: bool = False, if_match: str | None = None
    ) -> None:
        """Delete an image so that `restore` can bring it back; with `purge` (admins) for good."""
        path = path_to(reference) + query_of({"purge": "true" if purge else None})
        try:
            await self._calls.call("DELETE", path, headers=_conditions(if_match))
        except NotFoundError as error:
            if not error.was_lost:
                raise

    async def links(self, reference: str) -> AsyncIterator[Link]:
        """Yield who uses an image."""
        async for fields in self._pages(path_to(reference) + "/links", ""):
            yield link_of(fields)

    async def put_link(self, reference: str, link: Link) -> None:
        """Say that something uses an image; said again, its url and label are the last ones."""
        body = json.dumps({"url": link.url, "label": link.label}).encode()
        headers = {"Content-Type": "application/json"}
        path = path_to_link(reference, link.provider, link.id)
        await self._calls.call("PUT", path, headers=headers, body=body)

    async def delete_link(self, reference: str, link: Link) -> None:
        """Say that it does not, be that news or not."""
        await self._calls.call("DELETE", path_to_link(reference, link.provider, link.id))

    async def restore(self, uid: str) -> Image:
        """Bring a deleted image back; `uid` comes with `select=["uid"]`."""
        path = f"/images/by-uid/{quote(uid, safe='')}/restore"
        return _read(await self._calls.call("POST", path))

    async def reprocess(self, reference: str) -> Image:
        """Have the thumbnails made anew; the old ones are served meanwhile."""
        return _read(await self._calls.call("POST", path_to(reference) + "/reprocess"))

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


def _conditions(if_match: str | None) -> dict[str, str]:
    return {} if if_match is None else {"If-Match": if_match}


def _read(answer: Answer) -> Image:
    return image_of(answer.json, answer.headers.get("ETag"))
