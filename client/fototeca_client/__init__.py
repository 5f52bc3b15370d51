"""A typed, asynchronous client for Fototeca; README.md shows how it is used."""

from fototeca_client.body import Progress, digest_of
from fototeca_client.client import Fototeca
from fototeca_client.errors import (
    AddressExpiredError,
    BusyError,
    ConflictError,
    DamagedDownloadError,
    FileChangedError,
    ForbiddenError,
    FototecaError,
    GoneError,
    ImageFailedError,
    InvalidRequestError,
    KeyRefusedError,
    NoAnswerError,
    NotFoundError,
    PreconditionFailedError,
    ProblemError,
    ProcessingTimeoutError,
    TooLargeError,
    TooManyRequestsError,
    UnavailableError,
)
from fototeca_client.image import Effect, Image, Rendition, Stored
from fototeca_client.links import Link
from fototeca_client.operations import Bulk, Operation, Operations
from fototeca_client.retries import Retries

__all__ = [
    "AddressExpiredError",
    "Bulk",
    "BusyError",
    "ConflictError",
    "DamagedDownloadError",
    "Effect",
    "FileChangedError",
    "ForbiddenError",
    "Fototeca",
    "FototecaError",
    "GoneError",
    "Image",
    "ImageFailedError",
    "InvalidRequestError",
    "KeyRefusedError",
    "Link",
    "NoAnswerError",
    "NotFoundError",
    "Operation",
    "Operations",
    "PreconditionFailedError",
    "ProblemError",
    "ProcessingTimeoutError",
    "Progress",
    "Rendition",
    "Retries",
    "Stored",
    "TooLargeError",
    "TooManyRequestsError",
    "UnavailableError",
    "digest_of",
]
