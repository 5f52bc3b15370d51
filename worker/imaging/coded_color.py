"""Part of step 6: colors that a HEIC, AVIF or PNG tells by code points (ITU-T H.273).

As browsers do, the curves of video (BT.709 and its kin) are read as sRGB's, for that is what wrote
them. High dynamic range (PQ, HLG) has no place in a thumbnail of 8 bits: its reference white
becomes nearly white, and what is brighter is rolled off into the rest, each channel by itself.
"""

import math
from collections.abc import Callable
from typing import BinaryIO

from worker.imaging.calibration import SRGB_CHROMATICITY, profile_from_curve, srgb_to_linear
from worker.imaging.items import read_items
from worker.imaging.scanlines import chunks

CODES_BYTES = 4
D65 = SRGB_CHROMATICITY[:2]
PRIMARIES: dict[int, tuple[float, ...]] = {
    1: SRGB_CHROMATICITY,
    5: (*D65, 0.64, 0.33, 0.29, 0.6, 0.15, 0.06),
    6: (*D65, 0.63, 0.34, 0.31, 0.595, 0.155, 0.07),
    7: (*D65, 0.63, 0.34, 0.31, 0.595, 0.155, 0.07),
    9: (*D65, 0.708, 0.292, 0.17, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06),
    12: (*D65, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06),
}
REFERENCE_WHITE_NITS = 203
"""ITU-R BT.2408."""

KNEE = 0.5
BRIGHTEST = 1000 / REFERENCE_WHITE_NITS
PQ = (2610 / 16384, 2523 / 4096 * 128, 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32)
HLG = (0.17883277, 0.28466892, 0.55991073)
SYSTEM_GAMMA = 1.2

Curve = Callable[[float], float]


def coded_profile(file: BinaryIO, file_format: str | None, *, is_gray: bool) -> bytes | None:
    """Return a profile of what the code points say; None where they say sRGB, or nothing."""
    codes = _codes_of_png(file) if file_format == "PNG" else _codes_of_items(file)
    if codes is None:
        return None
    primaries, transfer = PRIMARIES.get(codes[0], SRGB_CHROMATICITY), CURVES.get(codes[1])
    if transfer is None and primaries == SRGB_CHROMATICITY:
        return None
    return profile_from_curve(primaries, transfer or srgb_to_linear, is_gray=is_gray)


def _codes_of_png(file: BinaryIO) -> tuple[int, int] | None:
    """Read cICP (PNG, third edition, §11.3.2.6), which goes before all else that a PNG says."""
    for name, length in chunks(file):
        if name == b"cICP" and length == CODES_BYTES:
            primaries, transfer = file.read(2)
            return primaries, transfer
        if name == b"IDAT":
            return None
    return None


def _codes_of_items(file: BinaryIO) -> tuple[int, int] | None:
    items = read_items(file)
    for body in items.primary.of_kind(b"colr") if items else ():
        if body.startswith(b"nclx") and len(body) > 2 * CODES_BYTES:
            return int.from_bytes(body[4:6], "big"), int.from_bytes(body[6:8], "big")
    return None


def _rolled_off(light: float) -> float:
    """Bring 0 (black) to `BRIGHTEST` into 0 to 1: what is dark as it is, the rest by Reinhard's."""
    if light <= KNEE:
        return light
    over, brightest = (light - KNEE) / (1 - KNEE), (BRIGHTEST - KNEE) / (1 - KNEE)
    return min(1.0, KNEE + (1 - KNEE) * over * (1 + over / brightest**2) / (1 + over))


def _from_pq(sample: float) -> float:
    """SMPTE ST 2084."""
    n, m, a, b, c = PQ
    root = sample ** (1 / m)
    nits = 10_000 * (max(root - a, 0) / (b - c * root)) ** (1 / n)
    return _rolled_off(nits / REFERENCE_WHITE_NITS)


def _from_hlg(sample: float) -> float:
    """ARIB STD-B67, as a display of 1,000 nits shows it."""
    a, b, c = HLG
    scene = sample**2 / 3 if sample <= 0.5 else (math.exp((sample - c) / a) + b) / 12  # noqa: PLR2004
    return _rolled_off(scene**SYSTEM_GAMMA * BRIGHTEST)


def _power(exponent: float) -> Curve:
    return lambda sample: sample**exponent


CURVES: dict[int, Curve] = {
    4: _power(2.2),
    5: _power(2.8),
    8: _power(1.0),
    16: _from_pq,
    18: _from_hlg,
}
"""Those that are not read as sRGB's."""
