"""ICC profiles made of what a PNG says in numbers: gamma and chromaticities (ICC.1:2001-04).

Only what browsers honor: a gamma alone, or with the colors of its primaries.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Matrix = Sequence[Sequence[float]]
Vector = Sequence[float]

SRGB_GAMMA = 1 / 2.2
SRGB_CHROMATICITY = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
"""x and y of white, red, green and blue, as a cHRM chunk has them."""

GAMMA_TOLERANCE = 0.05
CHROMATICITY_TOLERANCE = 0.005
GREATEST_GAMMA = 100.0
D50 = (0.9642, 1.0, 0.8249)
BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
CURVE_STEPS = 1024


def calibrated_profile(info: Mapping[Any, Any], *, is_gray: bool) -> bytes | None:
    """Return a profile of what Pillow read from gAMA and cHRM, or None where they say sRGB.

    An sRGB chunk overrides both (PNG, third edition, §4.3).
    """
    gamma = info.get("gamma", SRGB_GAMMA)
    chromaticity = info.get("chromaticity", SRGB_CHROMATICITY)
    if "srgb" in info or not 1 / GREATEST_GAMMA <= gamma <= GREATEST_GAMMA:
        return None
    has_srgb_gamma = abs(gamma / SRGB_GAMMA - 1) <= GAMMA_TOLERANCE
    if has_srgb_gamma and (is_gray or _are_near(chromaticity, SRGB_CHROMATICITY)):
        return None
    to_linear = srgb_to_linear if has_srgb_gamma else lambda sample: sample ** (1 / gamma)
    return profile_from_curve(chromaticity, to_linear, is_gray=is_gray)


def profile_from_curve(
    chromaticity: Vector, to_linear: Callable[[float], float], *, is_gray: bool
) -> bytes | None:
    """Return a profile; `to_linear` brings 0 to 1 to light of 0 to 1. None for nonsense."""
    curve = _curve([to_linear(step / (CURVE_STEPS - 1)) for step in range(CURVE_STEPS)])
    if is_gray:
        return _profile(b"GRAY", {b"wtpt": _xyz(D50), b"kTRC": curve})
    colors = _primaries(chromaticity)
    if colors is None:
        return None
    tags = {b"wtpt": _xyz(D50)}
    for name, color in zip("rgb", colors, strict=True):
        tags[f"{name}XYZ".encode()] = _xyz(color)
        tags[f"{name}TRC".encode()] = curve
    return _profile(b"RGB ", tags)


def _are_near(one: Vector, other: Vector) -> bool:
    pairs = zip(one, other, strict=True)
    return all(abs(a - b) <= CHROMATICITY_TOLERANCE for a, b in pairs)


def _primaries(chromaticity: Vector) -> Matrix | None:
    """Return XYZ of red, green and blue, adapted from their white to D50; None for nonsense."""
    points = list(zip(chromaticity[::2], chromaticity[1::2], strict=True))
    if not all(0 <= x <= 1 and 0 < y <= 1 for x, y in points):
        return None
    white, *rays = [(x / y, 1.0, (1 - x - y) / y) for x, y in points]
    unmixed = _inverse(_transposed(rays))
    if unmixed is None:
        return None
    shares = _times(unmixed, white)
    mixed = [[part * share for part in ray] for ray, share in zip(rays, shares, strict=True)]
    return [_adapted(color, white) for color in mixed]


def _adapted(color: Vector, white: Vector) -> Vector:
    """Adapt a color from a white to D50, as Bradford has it (ICC.1:2022, annex E)."""
    cones = [
        cone * wanted / given if given else 0.0
        for cone, wanted, given in zip(
            _times(BRADFORD, color), _times(BRADFORD, D50), _times(BRADFORD, white), strict=True
        )
    ]
    back = _inverse(BRADFORD)
    return _times(back, cones) if back else color


def _times(matrix: Matrix, vector: Vector) -> Vector:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def _transposed(matrix: Matrix) -> Matrix:
    return list(zip(*matrix, strict=True))


def _inverse(matrix: Matrix) -> Matrix | None:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    if abs(determinant) < 1e-9:  # noqa: PLR2004 - on one line: they span no colors
        return None
    adjugate = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    return [[part / determinant for part in row] for row in adjugate]


def srgb_to_linear(sample: float) -> float:
    """IEC 61966-2-1."""
    return sample / 12.92 if sample <= 0.04045 else ((sample + 0.055) / 1.055) ** 2.4  # noqa: PLR2004


def _curve(values: Vector) -> bytes:
    samples = [round(value * 65535) for value in values]
    return struct.pack(f">4s4xI{len(samples)}H", b"curv", len(samples), *samples)


def _xyz(color: Vector) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *(round(part * 65536) for part in color))


def _profile(space: bytes, tags: Mapping[bytes, bytes]) -> bytes:
    """Put a display profile of version 2.4 together."""
    offset = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        table += struct.pack(">4sII", name, offset + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    header = struct.pack(">I4xI4s4s4s", offset + len(body), 0x02400000, b"mntr", space, b"XYZ ")
    header += struct.pack(">12x4s28x3i48x", b"acsp", *(round(part * 65536) for part in D50))
    return header + table + body
