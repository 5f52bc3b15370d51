"""What ends a transfer before, or in the middle of, its work."""

from fototeca_client import ForbiddenError, KeyRefusedError, NoAnswerError, UnavailableError

FATAL = (NoAnswerError, UnavailableError, KeyRefusedError, ForbiddenError)
"""What the next file would meet as well."""


class TransferError(Exception):
    """The message says why, and what to do."""
