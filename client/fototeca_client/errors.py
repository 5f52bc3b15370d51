"""What can go wrong, one class for each thing that a caller may want to catch."""

from typing import Any, ClassVar


class FototecaError(Exception):
    """Anything that this package raises by itself."""


class NoAnswerError(FototecaError):
    """The service could not be reached, or broke off, as often as it was tried."""


class FileChangedError(FototecaError):
    """A file became shorter while it was being sent; nothing of it was stored."""


class DamagedDownloadError(FototecaError):
    """What was downloaded is not what the service has: its SHA-256 or its length differs."""


class ProcessingTimeoutError(FototecaError):
    """An image was still being processed when the time that the caller allows was over."""


class ImageFailedError(FototecaError):
    """Processing ended with `Er`; `reason` is a stable word, `detail` a sentence."""

    def __init__(self, reference: str, reason: str, detail: str) -> None:
        super().__init__(f"{reference}: {reason}: {detail}")
        self.reference = reference
        self.reason = reason
        self.detail = detail


class ProblemError(FototecaError):
    """The service answered with a problem (RFC 9457).

    `code` is the last word of the problem's type, and stable; `field` the member, header or option
    at fault; `retry_after_s` what the service asked to wait. `was_lost`: an earlier try of the same
    call was not answered, and may have taken effect.
    """

    statuses: ClassVar[frozenset[int]] = frozenset()

    def __init__(
        self,
        status: int,
        problem: dict[str, Any],
        *,
        retry_after_s: float | None = None,
        was_lost: bool = False,
    ) -> None:
        self.status = status
        self.code = str(problem.get("type", "")).rpartition("/")[2]
        self.title = str(problem.get("title", ""))
        self.detail = str(problem.get("detail", "")) or self.title or f"HTTP {status}"
        self.instance = str(problem.get("instance", ""))
        self.field: str | None = problem.get("field")
        self.retry_after_s = retry_after_s
        self.was_lost = was_lost
        super().__init__(f"{self.detail} (HTTP {status})")


class InvalidRequestError(ProblemError):
    """400, 415 and the like: the request breaks a rule; sending it again will not help."""

    statuses = frozenset({400, 405, 415, 422})


class KeyRefusedError(ProblemError):
    """The API key is missing, unknown or revoked."""

    statuses = frozenset({401})


class ForbiddenError(ProblemError):
    """The key's role is too low."""

    statuses = frozenset({403})


class AddressExpiredError(ForbiddenError):
    """The signed URL of a private original has expired: ask for the image again."""


class NotFoundError(ProblemError):
    """No image of this tenant is called so."""

    statuses = frozenset({404})


class GoneError(ProblemError):
    """It was deleted."""

    statuses = frozenset({410})


class ConflictError(ProblemError):
    """The image's state, or its name, forbids it."""

    statuses = frozenset({409})


class BusyError(ConflictError):
    """The image is being processed, and still was after every retry."""


class PreconditionFailedError(ProblemError):
    """`if_match` or `create_only` does not hold."""

    statuses = frozenset({412})


class TooLargeError(ProblemError):
    """Larger than the service's limit, which the detail names."""

    statuses = frozenset({413})


class TooManyRequestsError(ProblemError):
    """429, and still after every retry."""

    statuses = frozenset({429})


class UnavailableError(ProblemError):
    """The service, its database or its storage is away, and still was after every retry."""

    statuses = frozenset({408, 502, 503, 504})


_BY_CODE: dict[str, type[ProblemError]] = {
    "invalid-key": KeyRefusedError,
    "address-expired": AddressExpiredError,
    "processing": BusyError,
}
_BY_STATUS = {status: kind for kind in ProblemError.__subclasses__() for status in kind.statuses}


def problem_error(
    status: int,
    problem: dict[str, Any],
    *,
    retry_after_s: float | None = None,
    was_lost: bool = False,
) -> ProblemError:
    """Return the error for an answer; one that nobody foresaw is a plain ProblemError."""
    code = str(problem.get("type", "")).rpartition("/")[2]
    kind = _BY_CODE.get(code) or _BY_STATUS.get(status, ProblemError)
    return kind(status, problem, retry_after_s=retry_after_s, was_lost=was_lost)
