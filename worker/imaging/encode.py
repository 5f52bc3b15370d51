"""Step 10: bytes for each thumbnail, with no metadata in them."""

from io import BytesIO

from PIL import Image

AVIF_SPEED = 9
"""Of 10: slower ones take up to seconds for a thumbnail, and save a tenth of its bytes."""

AVIF_SHARE = 75
"""Percent: AVIF's qualities are another scale, on which 60 looks like a JPEG's 80."""

PNG_LEVEL = 3
"""Of 9: Pillow's 6 takes twice as long to save an eighth of the bytes; sharp's have more anyway."""


def encode(image: Image.Image, extension: str, quality: int) -> bytes:
    """Encode as jpg, png, webp or avif. `quality` is for all but png; a jpg has no alpha."""
    plain = image.copy() if image.info else image
    plain.info.clear()  # encoders take profiles, comments and transparency from there
    out = BytesIO()
    if extension == "jpg":
        plain.save(out, "JPEG", quality=quality, optimize=True)  # 3 to 40 % smaller, 4 % slower
    elif extension == "webp":
        plain.save(out, "WEBP", quality=quality)
    elif extension == "avif":
        plain.save(
            out, "AVIF", quality=quality * AVIF_SHARE // 100, speed=AVIF_SPEED, max_threads=1
        )
    else:
        plain.save(out, "PNG", compress_level=PNG_LEVEL)
    return out.getvalue()
