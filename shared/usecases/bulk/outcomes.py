"""Why an operation did not change an image, in stable words and in a sentence."""

from shared.domain.errors import BusyError, ConflictError, DomainError, InvalidInputError
from shared.domain.image import Image
from shared.domain.operation import Outcome


class SkippedError(ConflictError):
    """The image is not what it was when the operation was accepted."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def purged() -> SkippedError:
    """Nothing is left of it."""
    return SkippedError("purged", "The image was deleted for good meanwhile.")


def check_present(image: Image) -> None:
    """Refuse an image that was deleted since."""
    if image.deleted_at is not None:
        raise SkippedError("deleted", "The image was deleted meanwhile.")


def check_same_bytes(image: Image, revision: int) -> None:
    """Refuse an image whose bytes are others than those that were there when all began."""
    if image.revision != revision:
        raise SkippedError("replaced", "The image was replaced meanwhile.")


def outcome_of(error: DomainError, image: Image | None) -> Outcome:
    """Return what is written down of an image that was not changed."""
    return Outcome(_reason(error), error.detail, image.reference if image else None)


def _reason(error: DomainError) -> str:
    match error:
        case SkippedError():
            return error.reason
        case BusyError():
            return "processing"
        case ConflictError(field="reference"):
            return "reference_taken"
        case InvalidInputError(field="tags"):
            return "too_many_tags"
        case _:
            return error.code.replace("-", "_")
