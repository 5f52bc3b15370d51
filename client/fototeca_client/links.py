"""Links: who uses an image."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Link:
    """A use of an image by something elsewhere: `id` is what `provider` calls it."""

    provider: str
    id: str
    url: str | None = None
    label: str | None = None


def link_of(fields: Mapping[str, Any]) -> Link:
    """Read a link from an answer."""
    return Link(fields["provider"], fields["id"], fields["url"], fields["label"])
