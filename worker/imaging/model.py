"""The words of the pipeline: what to make, and what was made. Plain values, no Pillow."""

from dataclasses import dataclass
from pathlib import Path

from shared.domain.image import ThumbnailFormat
from shared.domain.metadata import Metadata

SUFFIXES = ("TH", "THM", "THP", "THS")
MARKED = {"WMM": "THM", "WMP": "THP"}
"""Copies with a watermark, made where there is one, and of which thumbnails."""

CONTENT_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "tiff": "image/tiff",
    "bmp": "image/bmp",
    "avif": "image/avif",
    "heic": "image/heic",
    "jp2": "image/jp2",
    "ico": "image/x-icon",
    "svg": "image/svg+xml",
}
"""Of every file type that is a picture here."""

SQUARE_PX = 400
THUMBNAIL_EXTENSIONS = ("jpg", "png", "webp", "avif")


def thumbnail_extension(policy: ThumbnailFormat, file_type: str, *, has_alpha: bool) -> str:
    """Return one of `THUMBNAIL_EXTENSIONS`."""
    if policy is not ThumbnailFormat.AUTO:
        return policy.value
    if file_type in {"png", "gif"}:
        return "png"
    if file_type == "webp":
        return "webp"
    return "png" if has_alpha else "jpg"


@dataclass(frozen=True)
class Recipe:
    """What to make, and from what at most.

    `sizes_px` are the longest sides of TH, THM and THP; `quality` is that of JPEG, WebP and AVIF,
    1 to 100; `max_pixels` and `max_frames` bound the source. `keeps_credit` writes creator,
    credit and copyright of the source into each. THS is a square of `square_px` at most, cut out by
    `gravity`: a side, or a point as fractions `x,y`. `watermark` is the text over WMM and WMP.
    """

    sizes_px: tuple[int, int, int] = (150, 400, 1200)
    quality: int = 80
    max_pixels: int = 200_000_000
    max_frames: int = 10_000
    thumbnails: ThumbnailFormat = ThumbnailFormat.AUTO
    keeps_credit: bool = True
    square_px: int | None = SQUARE_PX
    gravity: str = "center"
    watermark: str | None = None

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Of what is made, in this order."""
        return (*SUFFIXES, *MARKED) if self.watermark else SUFFIXES


@dataclass(frozen=True)
class Rendition:
    """One thumbnail: a file, and what it is. `sha256` is in hex, `suffix` of `Recipe.suffixes`."""

    suffix: str
    path: Path
    extension: str
    content_type: str
    width: int
    height: int
    size_in_bytes: int
    sha256: str


@dataclass(frozen=True)
class Look:
    """What a picture looks like, in a few bytes.

    `dominant_color` is `#rrggbb`; `placeholder` a ThumbHash in base64, of 5 to 25 bytes;
    `perceptual_hash` 64 bits as a signed integer, of which near pictures share most.
    """

    dominant_color: str
    placeholder: str
    perceptual_hash: int


@dataclass(frozen=True)
class Picture:
    """A picture that was read: `width` and `height` are pixels after EXIF orientation.

    `step_ms` says how long each of `stopwatch.STEPS` took that was taken.
    """

    file_type: str
    content_type: str
    width: int
    height: int
    renditions: tuple[Rendition, ...]
    look: Look
    metadata: Metadata
    step_ms: dict[str, float]

    @property
    def decode_seconds(self) -> float:
        """Of all steps."""
        return sum(self.step_ms.values()) / 1000
