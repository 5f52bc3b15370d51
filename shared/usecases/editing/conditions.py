"""Preconditions and the state an image must be in: one place for 409 and 412."""

from dataclasses import dataclass
from typing import TypeVar

from shared.domain.errors import BusyError, NotFoundError, PreconditionFailedError
from shared.domain.image import Image
from shared.domain.status import BUSY

RETRY_AFTER_S = 2
"""Most pictures take well under a second; a client that asks again then mostly succeeds."""


@dataclass(frozen=True, slots=True)
class Precondition:
    """`If-Match` (row versions, or any) and `If-None-Match` (row versions, or any): RFC 9110."""

    versions: frozenset[int] | None = None
    unwanted: frozenset[int] = frozenset()
    must_exist: bool = False
    must_not_exist: bool = False

    @property
    def names_versions(self) -> bool:
        """Whether it holds for some versions of an image and not for others."""
        return self.versions is not None or bool(self.unwanted)

    def check(self, image: Image | None) -> None:
        """Raise PreconditionFailedError unless the image, or its absence, is what was asked."""
        if image is None:
            if self.must_exist or self.versions is not None:
                raise PreconditionFailedError("There is no such image, and If-Match asks for one.")
            return
        if self.versions is not None and image.row_version not in self.versions:
            raise PreconditionFailedError(
                "The image has changed since you read it: fetch it again and compare."
            )
        if self.must_not_exist:
            raise PreconditionFailedError(
                "An image with this reference exists already (If-None-Match: *)."
            )
        if image.row_version in self.unwanted:
            raise PreconditionFailedError("The image is still as If-None-Match says.")


ANY = Precondition()

Found = TypeVar("Found")


def check_resting(image: Image) -> None:
    """Refuse to change an image that a worker is processing."""
    if image.status in BUSY:
        raise BusyError(
            f"The image is being processed (status {image.status}).",
            retry_after_s=RETRY_AFTER_S,
        )


def existing(image: Found | None, reference: str) -> Found:
    """Return the image, or say that there is none."""
    if image is None:
        raise NotFoundError(f"There is no image with the reference {reference!r}.")
    return image
