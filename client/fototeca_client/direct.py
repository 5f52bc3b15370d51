"""Bytes straight to the bucket, in one request or in parts, where the service says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fototeca_client.body import Body, Progress
from fototeca_client.calls import Calls


async def send(
    calls: Calls,
    upload: Mapping[str, Any],
    source: Path | bytes,
    size: int,
    progress: Progress | None,
) -> None:
    """Send all bytes; each request is sent again by itself if its connection breaks."""
    start = 0
    for part in upload.get("parts", [{**upload, "sizeInBytes": size}]):
        length = int(part["sizeInBytes"])
        body = Body(source, _told(progress, start, size), (start, length))
        await calls.hand_over(upload["method"], part["url"], part["headers"], body)
        start += length


def _told(progress: Progress | None, start: int, size: int) -> Progress | None:
    """Have a part's progress told as that of the whole."""
    if progress is None:
        return None
    tell = progress
    return lambda sent, _: tell(start + sent, size)
