"""Color profiles for the tests, and what their colors are in sRGB by published formulas."""

import struct
from collections.abc import Callable
from dataclasses import dataclass

Color = tuple[int, ...]
Triple = tuple[float, float, float]

FROM_D50: tuple[Triple, Triple, Triple] = (
    (3.1338561, -1.6168667, -0.4906146),
    (-0.9787684, 1.9161415, 0.0334540),
    (0.0719453, -0.2289914, 1.4052427),
)
"""To linear sRGB, as Bruce Lindbloom gives it."""


def power(gamma: float) -> Callable[[float], float]:
    return lambda sample: float(sample**gamma)


def srgb_curve(sample: float) -> float:
    return sample / 12.92 if sample <= 0.04045 else float(((sample + 0.055) / 1.055) ** 2.4)


def encode_srgb(light: float) -> int:
    light = min(1.0, max(0.0, light))
    sample = 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return round(255 * sample)


@dataclass(frozen=True)
class Space:
    """A space of three primaries, given in XYZ under D50, and its curve to light."""

    red: Triple
    green: Triple
    blue: Triple
    curve: Callable[[float], float]

    def profile(self) -> bytes:
        """Return it as an ICC profile."""
        tags = {b"wtpt": xyz((0.9642, 1.0, 0.8249))}
        for letter, primary in zip("rgb", (self.red, self.green, self.blue), strict=True):
            tags[f"{letter}XYZ".encode()] = xyz(primary)
            tags[f"{letter}TRC".encode()] = curve_tag(self.curve)
        return put_together(b"RGB ", tags)

    def to_srgb(self, color: Color) -> Color:
        """Return what 8-bit samples of it are in sRGB, as near as sRGB can."""
        light = [self.curve(sample / 255) for sample in color]
        primaries = zip(self.red, self.green, self.blue, strict=True)
        parts = [sum(a * b for a, b in zip(row, light, strict=True)) for row in primaries]
        return tuple(
            encode_srgb(sum(a * b for a, b in zip(row, parts, strict=True))) for row in FROM_D50
        )


ADOBE_RGB = Space(
    (0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457),
    power(563 / 256),
)  # fmt: skip
DISPLAY_P3 = Space(
    (0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407),
    srgb_curve,
)  # fmt: skip
PROPHOTO = Space(
    (0.79767, 0.28804, 0.0), (0.13519, 0.71188, 0.0), (0.03134, 0.00009, 0.82491), power(1.8)
)  # fmt: skip


def gray_profile(gamma: float) -> bytes:
    return put_together(
        b"GRAY", {b"wtpt": xyz((0.9642, 1.0, 0.8249)), b"kTRC": curve_tag(power(gamma))}
    )


def xyz(values: Triple) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *(round(value * 65536) for value in values))


def curve_tag(curve: Callable[[float], float]) -> bytes:
    samples = [round(65535 * curve(step / 1023)) for step in range(1024)]
    return struct.pack(">4s4xI1024H", b"curv", 1024, *samples)


def put_together(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Make a display profile (ICC.1:2001-04, §6.1 and §6.2)."""
    at = 132 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        table += struct.pack(">4sII", name, at + len(body), len(data))
        body += data
    head = struct.pack(">I4xI4s4s4s", at + len(body), 0x02400000, b"mntr", space, b"XYZ ")
    head += struct.pack(">12x4s28x3i48x", b"acsp", 63190, 65536, 54061)
    return head + table + body
