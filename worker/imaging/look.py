"""The last step: what a picture looks like in a few bytes, from its smallest thumbnail."""

from base64 import b64encode
from collections import defaultdict
from statistics import median

from PIL import Image

from worker.imaging.frequencies import frequencies
from worker.imaging.model import Look
from worker.imaging.resize import fit
from worker.imaging.thumbhash import thumbhash

DESCRIBED_PX = 16
"""Of the longest side: seven waves and large areas are all that counts, and each pixel costs."""

HASHED_WAVES = 8
HALF_OPAQUE = 128
BIN_SHIFT = 5
NOTHING = (255, 255, 255)


def describe(image: Image.Image) -> Look:
    """Describe an L, LA, RGB or RGBA picture."""
    small = image.resize(fit(image.size, DESCRIBED_PX), Image.Resampling.BOX).convert("RGBA")
    placeholder = b64encode(thumbhash(small)).decode()
    return Look(dominant_color(small), placeholder, perceptual_hash(image))


def dominant_color(image: Image.Image) -> str:
    """Return the mean of the largest of 512 groups of like colors in an RGBA picture.

    The mean of all would be a color that is nowhere in most pictures. Pixels that are hardly seen
    do not count.
    """
    groups = defaultdict(list)
    for red, green, blue, alpha in zip(*[iter(image.tobytes())] * 4, strict=True):
        if alpha >= HALF_OPAQUE:
            group = red >> BIN_SHIFT, green >> BIN_SHIFT, blue >> BIN_SHIFT
            groups[group].append((red, green, blue))
    largest = max(groups.values(), key=len, default=[NOTHING])
    red, green, blue = (round(sum(band) / len(band)) for band in zip(*largest, strict=True))
    return f"#{red:02x}{green:02x}{blue:02x}"


def perceptual_hash(image: Image.Image) -> int:
    """Return which of the 64 lowest frequencies are above their median (pHash), as int64.

    The highest bit is that of the mean brightness. Equal pictures share all 64 bits, unlike ones
    about half.
    """
    side = DESCRIBED_PX
    samples = image.convert("L").resize((side, side), Image.Resampling.BOX).tobytes()
    rows = [samples[at : at + side] for at in range(0, side * side, side)]
    waves = [wave for row in frequencies(rows, HASHED_WAVES, HASHED_WAVES) for wave in row]
    middle = median(waves)
    bits = sum((wave > middle) << (63 - at) for at, wave in enumerate(waves))
    return bits - (1 << 64) if bits >> 63 else bits
