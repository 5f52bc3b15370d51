"""The client: what `Library` reads, and a method for each call that changes something."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from fototeca_client.body import Body, Progress
from fototeca_client.direct import send
from fototeca_client.errors import (
    ConflictError,
    NotFoundError,
    PreconditionFailedError,
)
from fototeca_client.image import Effect, Image, Stored
from fototeca_client.library import Library, read
from fototeca_client.links import Link
from fototeca_client.operations import Operations
from fototeca_client.queries import (
    path_to,
    path_to_link,
    query_of,
)

EFFECTS = {201: Effect.CREATED, 202: Effect.REPLACED, 200: Effect.UNCHANGED}


class Fototeca(Library):
    """One service, as one key sees it. Use it with `async with`, or `close` it.

    `retries` says how often calls are tried again; at most `connections` are open at once.
    """

    @property
    def operations(self) -> Operations:
        """Changes to all images that a filter selects."""
        return Operations(self._calls)

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
        return Stored(read(answer), EFFECTS[answer.status], body.sha256)

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
        return read(answer)

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
        return read(await self._calls.call("POST", path_to(reference) + "/complete"))

    async def patch(
        self, reference: str, changes: Mapping[str, Any], *, if_match: str | None = None
    ) -> Image:
        """Change some of `tags title alt caption gravity reference`.

        With `if_match` (an `etag`), a change that was made but not heard of ends as a
        PreconditionFailedError whose `was_lost` is true.
        """
        headers = _conditions(if_match) | {"Content-Type": "application/json"}
        body = json.dumps(dict(changes)).encode()
        return read(await self._calls.call("PATCH", path_to(reference), headers=headers, body=body))

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
        return read(await self._calls.call("POST", path))

    async def reprocess(self, reference: str) -> Image:
        """Have the thumbnails made anew; the old ones are served meanwhile."""
        return read(await self._calls.call("POST", path_to(reference) + "/reprocess"))


def _conditions(if_match: str | None) -> dict[str, str]:
    return {} if if_match is None else {"If-Match": if_match}
