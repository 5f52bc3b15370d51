"""What a decoder says when it is done: numbers and hashes, as JSON, never pickled objects.

A decoder may have been taken over by the file it read, so what it says is checked like any input.
"""

import json
import re
from dataclasses import asdict, dataclass
from typing import Any

from shared.domain.image import ThumbnailFormat
from shared.domain.metadata import Metadata, checked
from worker.imaging.errors import BadPicture, DecoderEnded
from worker.imaging.model import CONTENT_TYPES, THUMBNAIL_EXTENSIONS, Look, Recipe
from worker.imaging.stopwatch import STEPS

EXIT_OUT_OF_MEMORY = 77
DRAWING_CPU_S = 5
"""For an SVG: a few hundred bytes of filters can ask for hours, and no drawing needs more."""

SHA256_HEX_DIGITS = 64
LONGEST_TEXT = 500
DOMINANT_COLOR = re.compile("#[0-9a-f]{6}")
PLACEHOLDER = re.compile("[0-9A-Za-z+/]{4,40}={0,2}")


@dataclass(frozen=True)
class Written:
    """One thumbnail that was written."""

    width: int
    height: int
    size_in_bytes: int
    sha256: str


@dataclass(frozen=True)
class Report:
    """A picture that was read, and its thumbnails in the order of `Recipe.suffixes`.

    `extension` is that of all, one of `THUMBNAIL_EXTENSIONS`.
    """

    file_type: str
    width: int
    height: int
    extension: str
    written: tuple[Written, ...]
    look: Look
    metadata: Metadata
    step_ms: dict[str, float]


def encode_recipe(recipe: Recipe) -> bytes:
    """Write the line that asks for work."""
    return json.dumps(asdict(recipe)).encode() + b"\n"


def decode_recipe(line: bytes) -> Recipe:
    """Read the line of `encode_recipe`."""
    fields = json.loads(line)
    sizes_px, thumbnails = tuple(fields["sizes_px"]), ThumbnailFormat(fields["thumbnails"])
    return Recipe(**{**fields, "sizes_px": sizes_px, "thumbnails": thumbnails})


def encode_report(report: Report) -> bytes:
    """Write the line that says it is done."""
    return json.dumps({"done": asdict(report)}).encode() + b"\n"


def encode_verdict(bad: BadPicture) -> bytes:
    """Write the line that says the bytes are at fault."""
    verdict = {"reason": bad.reason, "detail": bad.detail, "file_type": bad.file_type}
    return json.dumps({"bad": verdict}).encode() + b"\n"


def encode_too_large() -> bytes:
    """Write the line that says the limits of memory or output were reached."""
    return json.dumps({"ended": "too_large"}).encode() + b"\n"


def encode_error(error: Exception, trace: str) -> bytes:
    """Write the line that says neither bytes nor limits are at fault."""
    number = error.errno if isinstance(error, OSError) else None
    return json.dumps({"error": trace, "errno": number}).encode() + b"\n"


def read_answer(line: bytes, thumbnails: int) -> Report:
    """Return what was done, `thumbnails` being how many were asked for, or raise.

    BadPicture for a verdict, DecoderEnded at a limit, OSError for an error of the machine,
    RuntimeError for one of the program, ValueError if the line makes no sense.
    """
    match json.loads(line):
        case {"done": dict(fields)}:
            return _read_report(fields, thumbnails)
        case {"bad": {"reason": str(reason), "detail": str(detail), "file_type": file_type}}:
            raise BadPicture(reason[:50], detail[:LONGEST_TEXT], _text_or_none(file_type))
        case {"ended": "too_large"}:
            raise DecoderEnded("too_large")
        case {"error": str(trace), "errno": int(number)}:
            raise OSError(number, trace)
        case {"error": str(trace)}:
            raise RuntimeError(trace)
    raise ValueError("a decoder said what is no answer")


def _read_report(fields: dict[str, Any], thumbnails: int) -> Report:
    written = tuple(
        Written(int(w["width"]), int(w["height"]), int(w["size_in_bytes"]), str(w["sha256"]))
        for w in fields["written"]
    )
    hashes_are_sound = all(len(w.sha256) == SHA256_HEX_DIGITS for w in written)
    if fields["file_type"] not in CONTENT_TYPES or len(written) != thumbnails:
        raise ValueError("a decoder reported what is no picture")
    if not hashes_are_sound:
        raise ValueError("a decoder reported what is no hash")
    if fields["extension"] not in THUMBNAIL_EXTENSIONS:
        raise ValueError("a decoder reported what no thumbnail can be")
    size = int(fields["width"]), int(fields["height"])
    step_ms = {step: float(ms) for step, ms in fields["step_ms"].items() if step in STEPS}
    look, metadata = _read_look(fields["look"]), checked(fields["metadata"])
    extension = fields["extension"]
    return Report(fields["file_type"], *size, extension, written, look, metadata, step_ms)


def _read_look(fields: dict[str, Any]) -> Look:
    look = Look(
        str(fields["dominant_color"]), str(fields["placeholder"]), int(fields["perceptual_hash"])
    )
    if not DOMINANT_COLOR.fullmatch(look.dominant_color):
        raise ValueError("a decoder reported what is no color")
    if not PLACEHOLDER.fullmatch(look.placeholder):
        raise ValueError("a decoder reported what is no placeholder")
    if not -(1 << 63) <= look.perceptual_hash < 1 << 63:
        raise ValueError("a decoder reported more than 64 bits")
    return look


def _text_or_none(value: object) -> str | None:
    return value[:20] if isinstance(value, str) else None
