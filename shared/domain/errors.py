"""The one tree of domain errors; each contract renders it in its own form, in one place."""

from typing import ClassVar


class DomainError(Exception):
    """Something the caller has to know: what is wrong, where, and what to do now."""

    code: ClassVar[str] = "error"

    def __init__(
        self, detail: str, *, field: str | None = None, retry_after_s: int | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field
        self.retry_after_s = retry_after_s


class InvalidInputError(DomainError):
    """The request breaks a rule; `field` names the member, header or option."""

    code = "validation"


class MissingKeyError(DomainError):
    """No credential came with the request."""

    code = "missing-key"


class InvalidKeyError(DomainError):
    """The credential is unknown or revoked."""

    code = "invalid-key"


class UnauthorizedError(DomainError):
    """A user, client or token is not known; `stale` if only the nonce is at fault (RFC 7616)."""

    code = "unauthorized"

    def __init__(self, detail: str, *, stale: bool = False) -> None:
        super().__init__(detail)
        self.stale = stale


class SealError(Exception):
    """What is stored was sealed with another FOTOTECA_SECRET_KEY than this service has."""


class TooManyGuessesError(DomainError):
    """One wrong credential after the other came from the same place."""

    code = "too-many-guesses"


class ForbiddenError(DomainError):
    """The principal's role is too low."""

    code = "forbidden"


class NotFoundError(DomainError):
    """Nothing of this tenant has that name."""

    code = "not-found"


class GoneError(DomainError):
    """It existed and was deleted; it may come back."""

    code = "gone"


class ConflictError(DomainError):
    """The present state forbids it."""

    code = "conflict"


class TooManyUploadsError(DomainError):
    """The tenant has as many uploads open as it may."""

    code = "too-many-uploads"


class BusyError(ConflictError):
    """A worker is processing the image; the same request will do later."""

    code = "processing"


class StillRunningError(ConflictError):
    """The first request with the same Idempotency-Key has no answer yet."""

    code = "still-running"


class KeyReusedError(DomainError):
    """An Idempotency-Key was used for another request."""

    code = "idempotency-key-reused"


class PreconditionFailedError(DomainError):
    """`If-Match` or `If-None-Match` does not hold."""

    code = "precondition-failed"


class TooLargeError(DomainError):
    """More bytes than the limit, which the detail names."""

    code = "too-large"


class UnsupportedEncodingError(DomainError):
    """The body is coded in a way that is not undone here."""

    code = "unsupported-encoding"


class UploadTimeoutError(DomainError):
    """The client took longer to send than an upload may last."""

    code = "upload-timeout"


class UnavailableError(DomainError):
    """Postgres or S3 does not answer now; nothing was changed, or it will be undone."""

    code = "unavailable"


class StorageRefusedError(DomainError):
    """S3 answered no (credentials, rights, a bad name): trying again will not help."""

    code = "storage-refused"


class ObjectMissingError(Exception):
    """S3 answered, and the key is not there."""


class SchemaError(Exception):
    """The database's schema and this code do not belong together."""


class BackupError(Exception):
    """A backup cannot be made, or not be restored from or to where it was asked for."""
