"""The one tree of domain errors; each contract renders it in its own form, in one place."""

from collections.abc import Mapping, Sequence
from typing import ClassVar


class DomainError(Exception):
    """Something the caller has to know: what is wrong, where, and what to do now.

    `members` are figures for programs, beside the sentence.
    """

    code: ClassVar[str] = "error"

    def __init__(
        self,
        detail: str,
        *,
        field: str | None = None,
        retry_after_s: int | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field
        self.retry_after_s = retry_after_s
        self.members = dict(members or {})


class InvalidInputError(DomainError):
    """The request breaks a rule; `field` names the member, header or option."""

    code = "validation"


class UnfitBodyError(InvalidInputError):
    """The body is JSON but not what is asked for; `fields` has what is wrong, by member."""

    code = "unfit-body"

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        names = ", ".join(fields)
        super().__init__(f"The body does not fit: see {names}." if names else "It does not fit.")
        self.fields = fields


class MissingKeyError(DomainError):
    """No credential came with the request."""

    code = "missing-key"


class InvalidKeyError(DomainError):
    """The credential is unknown or revoked."""

    code = "invalid-key"


class UnauthorizedError(DomainError):
    """A user, client or token is not known or was revoked."""

    code = "unauthorized"


class StaleNonceError(UnauthorizedError):
    """The password is right, but the nonce has expired or was used (RFC 7616, section 3.3)."""

    code = "stale-nonce"


class SealError(Exception):
    """What is stored was sealed with another FOTOTECA_SECRET_KEY than this service has."""


class TooManyGuessesError(DomainError):
    """Too many wrong credentials came from one address."""

    code = "too-many-guesses"


class ForbiddenError(DomainError):
    """The principal's role is too low."""

    code = "forbidden"


class AddressUnsignedError(ForbiddenError):
    """The URL of a private original has no valid signature."""

    code = "address-unsigned"


class AddressExpiredError(ForbiddenError):
    """The signed URL of a private original has expired."""

    code = "address-expired"


class TenantDisabledError(DomainError):
    """Nobody may call for this tenant now, whatever the key."""

    code = "tenant-disabled"


class NotFoundError(DomainError):
    """Nothing of this tenant has that name."""

    code = "not-found"


class GoneError(DomainError):
    """It was deleted, and may be restored."""

    code = "gone"


class EventsGoneError(GoneError):
    """Events after the reader's number are no longer kept, or it was never given out."""

    code = "events-gone"


class TooManyStreamsError(DomainError):
    """The tenant reads its events in too many places at once."""

    code = "too-many-streams"


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


class QuotaExceededError(DomainError):
    """The tenant has used up what it may store; `members` say how much that is."""

    code = "quota-exceeded"


class DiskFullError(DomainError):
    """This server's own disk has less room than uploads need; reading goes on."""

    code = "disk-full"


class UnsupportedEncodingError(DomainError):
    """The body has a Content-Encoding, which is not decoded."""

    code = "unsupported-encoding"


class UploadTimeoutError(DomainError):
    """The client took longer to send than an upload may last."""

    code = "upload-timeout"


class UnavailableError(DomainError):
    """Postgres or S3 does not answer now; nothing was changed, or it will be undone."""

    code = "unavailable"


class StorageUnavailableError(UnavailableError):
    """S3 does not answer now, or has no such bucket."""


class StorageRefusedError(DomainError):
    """S3 answered no (credentials, rights, a bad name): trying again will not help."""

    code = "storage-refused"


class OutgoingError(Exception):
    """A request to a URL that a user gave has failed; `reason` is a stable word for a status."""

    reason: ClassVar[str] = "source_refused"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class SourceForbiddenError(OutgoingError):
    """Our own rules: no such scheme, port, credentials, or address."""

    reason = "source_forbidden"


class SourceUnreachableError(OutgoingError):
    """It does not answer, breaks off or is overloaded: it may answer later."""

    reason = "source_unreachable"


class SourceTooLargeError(OutgoingError):
    """It sends, or announces, more bytes than the limit."""

    reason = "source_too_large"


class SourceNotFoundError(OutgoingError):
    """It answers that there is nothing under this URL."""

    reason = "source_not_found"


class SourceRefusedError(OutgoingError):
    """It answers with anything else than what was asked for; the same request will not do."""


class ObjectMissingError(Exception):
    """S3 answered, and the key is not there."""


class SchemaError(Exception):
    """The database's schema and this code do not belong together."""


class BackupError(Exception):
    """A backup cannot be made, or not be restored from or to where it was asked for."""
