"""What a tenant uses and may use; and what is said when something has no room."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.domain.errors import QuotaExceededError, TooLargeError

WHAT_TO_DO = (
    "purge images that are not needed (DELETE …?purge=true, by an admin), or ask the operator for "
    "more (`fototeca tenant set`)."
)


@dataclass(frozen=True, slots=True)
class Quota:
    """What a tenant may use; None is without limit."""

    max_bytes: int | None = None
    max_images: int | None = None
    max_file_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What a tenant uses; see `tenant_usage`. `deleted_images` are some of `images`."""

    images: int = 0
    deleted_images: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """Both."""

    usage: Usage
    quota: Quota

    def check_images(self, new: int) -> None:
        """Refuse new images that there is no room for."""
        used, limit = self.usage.images, self.quota.max_images
        if new and limit is not None and used + new > limit:
            raise quota_exceeded({"quota": "images", "used": used, "limit": limit})

    def check_bytes(self, size: int) -> None:
        """Refuse a file of at least so many bytes if it is too large, or has no room."""
        largest = self.quota.max_file_bytes
        if largest is not None and size > largest:
            raise TooLargeError(
                f"The file is larger than the {largest} bytes that a file of this tenant may have; "
                "send a smaller one.",
                members={"quota": "fileBytes", "limit": largest},
            )
        used, limit = self.usage.bytes, self.quota.max_bytes
        members = {"quota": "bytes", "used": used, "limit": limit}
        if limit is not None and size > limit:
            raise TooLargeError(
                f"The file alone is larger than the {limit} bytes that this tenant may store, of "
                f"which it uses {used}; send a smaller one.",
                members=members,
            )
        if limit is not None and used + size > limit:
            raise quota_exceeded(members)


def quota_exceeded(members: Mapping[str, object]) -> QuotaExceededError:
    """Say what is used up: `quota` (images or bytes), `used` and `limit`."""
    what = "images" if members["quota"] == "images" else "bytes of originals"
    return QuotaExceededError(
        f"This tenant has {members['used']} of {members['limit']} {what}, and no room for this: "
        + WHAT_TO_DO,
        members=members,
    )
