"""What is said about a picture that no thumbnails can be made of, and about decoders that fail."""


class BadPicture(Exception):  # noqa: N818 - a verdict about bytes, not an error of the program
    """The bytes are at fault, and trying again gives the same answer.

    `reason` is a stable word: unsupported_format, corrupt, truncated, too_many_pixels, too_large,
    too_many_frames. `detail` is one sentence: what is wrong and what to do. `file_type` is what the
    bytes look like, where that is known.
    """

    def __init__(self, reason: str, detail: str, file_type: str | None = None) -> None:
        super().__init__(reason, detail, file_type)
        self.reason = reason
        self.detail = detail
        self.file_type = file_type


def truncated(file_type: str) -> BadPicture:
    """Blame a file that ends too early."""
    return BadPicture(
        "truncated", "The file ends before the picture does: upload it again.", file_type
    )


def corrupt(file_type: str, what: str) -> BadPicture:
    """Blame damaged bytes; `what` is a clause without a full stop."""
    return BadPicture(
        "corrupt", f"The file is damaged ({what}): export the picture anew.", file_type
    )


def too_many_pixels(file_type: str, pixels: int, max_pixels: int) -> BadPicture:
    """Blame a header that claims `pixels`."""
    detail = (
        f"It has {pixels / 1e6:.0f} million pixels, more than {max_pixels / 1e6:.0f} million:"
        " upload a smaller one."
    )
    return BadPicture("too_many_pixels", detail, file_type)


class DecoderFailed(BadPicture):
    """Twice, the second time alone and in a fresh process, the decoder did not survive the picture.

    Reasons: crashed, timeout, and too_large where it wanted more memory than it may have. Processor
    time, which no other picture can take away, is a timeout at the first try.
    """


class DecoderEnded(Exception):  # noqa: N818 - an event, judged by the pool
    """One process did not survive one picture.

    By `reason`: crashed, timeout, too_large, overspent.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class DecodersClosed(Exception):  # noqa: N818 - says what happened, blames nobody
    """The pool is being shut down: nothing is known about the picture."""
