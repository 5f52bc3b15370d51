"""How alike a thumbnail and its picture are: SSIM against references made at full resolution.

The references are libvips's, in floats, without its shortcuts: no scaled decode and no box first.
One is downsampled in gamma, as browsers and all engines here do; one in linear light.
"""

from pathlib import Path
from typing import Any

import pyvips

from worker.imaging.resize import fit

SIGMA = 1.5
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
LUMA = [[0.299, 0.587, 0.114]]
OPAQUE_BANDS = 3


def references(path: Path, sizes_px: tuple[int, ...]) -> dict[tuple[int, str], Any]:
    """Return the brightness of references by size and light."""
    picture: Any = pyvips.Image.new_from_file(str(path), access="random").autorot()
    if picture.get_typeof("icc-profile-data"):
        picture = picture.icc_transform("srgb", embedded=True, black_point_compensation=True)
    picture = _opaque(picture.colourspace("srgb"))
    linear = picture.colourspace("scrgb")
    made = {}
    for size in sizes_px:
        made[size, "gamma"] = _luma(_scaled(picture.cast("float"), size))
        made[size, "linear"] = _luma(_scaled(linear, size).colourspace("srgb").cast("float"))
    return {name: image.copy_memory() for name, image in made.items()}


def similarity(thumbnail: Path, reference: Any) -> float:
    """Return the mean SSIM of the brightness, 0 to 1."""
    image: Any = pyvips.Image.new_from_file(str(thumbnail))
    image = _luma(_opaque(image.colourspace("srgb")).cast("float"))
    width, height = min(image.width, reference.width), min(image.height, reference.height)
    return _ssim(image.crop(0, 0, width, height), reference.crop(0, 0, width, height))


def _ssim(left: Any, right: Any) -> float:
    mean_left, mean_right = _blurred(left), _blurred(right)
    variance_left = _blurred(left * left) - mean_left * mean_left
    variance_right = _blurred(right * right) - mean_right * mean_right
    shared = _blurred(left * right) - mean_left * mean_right
    above = (mean_left * mean_right * 2 + C1) * (shared * 2 + C2)
    below = (mean_left**2 + mean_right**2 + C1) * (variance_left + variance_right + C2)
    return float((above / below).avg())


def _blurred(image: Any) -> Any:
    return image.gaussblur(SIGMA, precision="float", min_ampl=0.01)


def _scaled(image: Any, longest_px: int) -> Any:
    width, height = fit((image.width, image.height), longest_px)
    across, down = width / image.width, height / image.height
    return image.resize(across, vscale=down, kernel="lanczos3", gap=0)


def _opaque(image: Any) -> Any:
    return image.flatten(background=[255, 255, 255]) if image.hasalpha() else image


def _luma(image: Any) -> Any:
    return image.recomb(LUMA) if image.bands == OPAQUE_BANDS else image
