"""What clients do with a presigned upload: announce, send to S3, complete."""

import hashlib
import io
from typing import Any

from yarl import URL

from tests.bucket import Bucket
from tests.client import (
    Answer,
    Client,
    Connection,
    path_to,
    picture,
)

DATA = picture()
SHA = hashlib.sha256(DATA).digest()
OTHER = picture(shade=30)[: len(DATA)].ljust(len(DATA), b"\0")
"""Other bytes of the same length: S3 takes them at the same URL."""


async def announce(client: Client, reference: str = "a.jpg", **members: Any) -> Answer:
    """`POST /images` as JSON."""
    body = {"reference": reference, "sizeInBytes": len(DATA), **members}
    return await client.call("POST", "/images", json=body)


async def open_upload(client: Client, reference: str = "a.jpg", **members: Any) -> dict[str, Any]:
    """Announce, and return where to send."""
    answer = await announce(client, reference, **members)
    assert answer.status == 201, answer.body
    upload: dict[str, Any] = answer.json["upload"]
    return upload


async def send(client: Client, target: dict[str, Any], data: bytes = DATA) -> int:
    """PUT to a signed URL, and return the status."""
    url = URL(target["url"], encoded=True)
    async with client.service.session.put(url, data=io.BytesIO(data)) as response:
        return response.status


async def complete(client: Client, reference: str = "a.jpg", **kwargs: Any) -> Answer:
    """`POST /images({reference})/complete`."""
    return await client.call("POST", path_to(reference) + "/complete", **kwargs)


def key_of(target: dict[str, Any]) -> str:
    """Return the key that a URL is signed for."""
    return URL(target["url"], encoded=True).path.split("/", 2)[2]


async def incoming_in(bucket: Bucket) -> set[str]:
    return {key for key in await bucket.keys() if "/incoming/" in key}


async def let_expire(postgres: Connection, *, key: str, ago_s: float) -> None:
    """Let time pass for one upload."""
    await postgres.execute(
        """
        UPDATE uploads SET
            deadline_at = deadline_at - (expires_at - now()) - make_interval(secs => $2),
            expires_at = now() - make_interval(secs => $2)
        WHERE key = $1
        """,
        key,
        ago_s,
    )
