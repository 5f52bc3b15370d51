"""ThumbHash, a picture of about 25 bytes to show until the thumbnail has come.

The format is Evan Wallace's (https://evanw.github.io/thumbhash/); its encoders for Python are not
kept, or need a second library for arrays, so it is written here, with a separable transform.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from worker.imaging.frequencies import Rows, frequencies

Pixel = tuple[int, int, int, int]
"""Red, green, blue and alpha, 0 to 255."""

Color = tuple[float, float, float]
"""Red, green and blue, 0 to 1."""

OPAQUE = 255
LUMA_WAVES, LUMA_WAVES_BESIDE_ALPHA, CHROMA_WAVES, ALPHA_WAVES = 7, 5, 3, 5


@dataclass(frozen=True)
class Channel:
    """The frequencies of a channel: the mean, and the others as 0 to 1 about 0.5, by `scale`."""

    mean: float
    scale: float
    waves: Sequence[float]


def thumbhash(image: Image.Image) -> bytes:
    """Encode an RGBA picture of at most 100 pixels a side."""
    pixels = list(zip(*[iter(image.tobytes())] * 4, strict=True))
    has_alpha = any(pixel[3] < OPAQUE for pixel in pixels)
    over = _over_their_average(pixels) if has_alpha else _as_shares(pixels)
    luma_waves = LUMA_WAVES_BESIDE_ALPHA if has_alpha else LUMA_WAVES
    across, down = (max(1, _round(luma_waves * side / max(image.size))) for side in image.size)

    def channel(values: list[float], across: int, down: int) -> Channel:
        rows = [values[at : at + image.width] for at in range(0, len(values), image.width)]
        return _channel(rows, across, down)

    luma = channel([(r + g + b) / 3 for r, g, b in over], max(3, across), max(3, down))
    yellow = channel([(r + g) / 2 - b for r, g, b in over], CHROMA_WAVES, CHROMA_WAVES)
    red = channel([r - g for r, g, _ in over], CHROMA_WAVES, CHROMA_WAVES)
    channels = [luma, yellow, red]
    is_wide = image.width > image.height
    head = _head(luma, yellow, red, has_alpha=has_alpha)
    head |= _tail(yellow, red, down if is_wide else across, is_wide=is_wide) << 24
    packed = head.to_bytes(5, "little")
    if has_alpha:
        alpha = channel([pixel[3] / OPAQUE for pixel in pixels], ALPHA_WAVES, ALPHA_WAVES)
        packed += bytes([_round(15 * alpha.mean) | _round(15 * alpha.scale) << 4])
        channels.append(alpha)
    return packed + _nibbles([_round(15 * wave) for each in channels for wave in each.waves])


def _average(pixels: Sequence[Pixel]) -> Color:
    """Return the mean color, weighed by alpha."""
    total = sum(alpha for *_, alpha in pixels) * OPAQUE or 1
    return (
        sum(red * alpha for red, _, _, alpha in pixels) / total,
        sum(green * alpha for _, green, _, alpha in pixels) / total,
        sum(blue * alpha for _, _, blue, alpha in pixels) / total,
    )


def _as_shares(pixels: Sequence[Pixel]) -> list[Color]:
    return [(red / OPAQUE, green / OPAQUE, blue / OPAQUE) for red, green, blue, _ in pixels]


def _over_their_average(pixels: Sequence[Pixel]) -> list[Color]:
    """Lay each pixel over the average."""
    far_red, far_green, far_blue = _average(pixels)
    over = []
    for (red, green, blue), (*_, opacity) in zip(_as_shares(pixels), pixels, strict=True):
        alpha = opacity / OPAQUE
        over.append(
            (
                far_red + alpha * (red - far_red),
                far_green + alpha * (green - far_green),
                far_blue + alpha * (blue - far_blue),
            )
        )
    return over


def _channel(rows: Rows, across: int, down: int) -> Channel:
    """Keep the triangle of low frequencies: `across` in the first row, fewer in each below."""
    kept = [
        wave
        for y, row in enumerate(frequencies(rows, across, down))
        for x, wave in enumerate(row)
        if x * down < across * (down - y)
    ]
    mean, *others = kept
    scale = max(map(abs, others))
    return Channel(mean, scale, [0.5 + 0.5 * wave / scale for wave in others] if scale else others)


def _head(luma: Channel, yellow: Channel, red: Channel, *, has_alpha: bool) -> int:
    return (
        _round(63 * luma.mean)
        | _round(31.5 + 31.5 * yellow.mean) << 6
        | _round(31.5 + 31.5 * red.mean) << 12
        | _round(31 * luma.scale) << 18
        | has_alpha << 23
    )


def _tail(yellow: Channel, red: Channel, waves: int, *, is_wide: bool) -> int:
    """Pack what follows the first three bytes; `waves` are those of the shorter side."""
    return waves | _round(63 * yellow.scale) << 3 | _round(63 * red.scale) << 9 | is_wide << 15


def _nibbles(values: list[int]) -> bytes:
    """Pack values of 0 to 15 in pairs, the first of each lower."""
    even = [*values, *[0] * (len(values) % 2)]
    return bytes(low | high << 4 for low, high in zip(even[::2], even[1::2], strict=True))


def _round(value: float) -> int:
    """Round halves up, as the format's other writers do."""
    return int(value + 0.5)
