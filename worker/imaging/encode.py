"""Step 10: bytes for each thumbnail, with no metadata in them but who made the picture."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from PIL import Image, PngImagePlugin

from worker.imaging.metadata.credit import Credit
from worker.imaging.packing import packed

AVIF_SPEED = 9
"""Of 10: slower ones take up to seconds for a thumbnail, and save a tenth of its bytes."""

AVIF_SHARE = 75
"""Percent: AVIF's qualities are another scale, on which 60 looks like a JPEG's 80."""

WEBP_LARGE_SHARE, WEBP_SMALL_SHARE, LARGE_PIXELS = 95, 103, 300_000
"""Percent: with 76 for the large one and 82 for the small ones, which hardly weigh, all three look
more like the original than sharp's with 80, and have fewer bytes."""

DENSE_BYTES_PER_PIXEL = 0.16
"""Where a JPEG's next smaller thumbnail takes so much, code tables of its own save it 1 or 2 % of
its bytes, for a twentieth of the whole pipeline's time; in plain pictures they save up to 40 %."""


def encode_all(
    images: Sequence[Image.Image], extension: str, quality: int, credit: Credit
) -> list[bytes]:
    """Encode thumbnails of one picture, the smaller ones first; return them in their order.

    `extension` is jpg, png, webp or avif; `quality` is for all but png; a jpg has no alpha.
    """
    encoded, density = {}, 0.0
    for at, image in sorted(enumerate(images), key=lambda item: _pixels(item[1])):
        is_plain = density < DENSE_BYTES_PER_PIXEL
        encoded[at] = encode(image, extension, quality, credit, optimize=is_plain)
        density = len(encoded[at]) / _pixels(image)
    return [encoded[at] for at in range(len(images))]


def encode(
    image: Image.Image, extension: str, quality: int, credit: Credit, *, optimize: bool
) -> bytes:
    """Encode one thumbnail; `optimize` gives a jpg code tables of its own."""
    plain = image.copy() if image.info else image
    plain.info.clear()  # encoders take profiles, comments and transparency from there
    out, said = BytesIO(), _said(credit, extension)
    if extension == "jpg":
        plain.save(out, "JPEG", quality=quality, optimize=optimize, **said)
    elif extension == "webp":
        share = WEBP_LARGE_SHARE if _pixels(plain) > LARGE_PIXELS else WEBP_SMALL_SHARE
        plain.save(out, "WEBP", quality=min(100, quality * share // 100), **said)
    elif extension == "avif":
        share = quality * AVIF_SHARE // 100
        plain.save(out, "AVIF", quality=share, speed=AVIF_SPEED, max_threads=1, **said)
    else:
        plain.save(out, "PNG", compress_level=0, **said)
        return packed(out.getvalue())
    return out.getvalue()


def _said(credit: Credit, extension: str) -> dict[str, Any]:
    """Return the encoder's options that write it."""
    if not credit:
        return {}
    said: dict[str, Any] = {"exif": credit.exif()} if credit.exif() else {}
    if extension == "png":
        said["pnginfo"] = PngImagePlugin.PngInfo()
        said["pnginfo"].add_itxt("XML:com.adobe.xmp", credit.xmp().decode())
        return said
    return said | {"xmp": credit.xmp()}


def _pixels(image: Image.Image) -> int:
    return image.width * image.height
