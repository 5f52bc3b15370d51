"""Errors that end a transfer."""

from fototeca_client import ForbiddenError, KeyRefusedError, NoAnswerError, UnavailableError

FATAL = (NoAnswerError, UnavailableError, KeyRefusedError, ForbiddenError)
"""Errors that the next file would meet as well."""


class TransferError(Exception):
    """The message says why, and what to do."""
