"""The figures as tables for people."""

from collections.abc import Mapping

from tests.benchmarks.imaging.comparison import LIGHTS, SIZES_PX, Measured

THREE, CASCADE, OURS = "sharp x3", "sharp cascade", "ours"
HEAD = (
    "Pictures a second on one core, sharp's three calls = 1.00 (processor time; wall clock in\n"
    "brackets), bytes of the three thumbnails, and SSIM against references at full resolution.\n"
    f"{'':12}{'n':>3}{'sharp ms':>9}{'cascade':>14}{'ours':>14}{'of cascade':>11}{'bytes':>7}"
    f"   SSIM gamma {'/'.join(map(str, SIZES_PX))}: three, cascade, ours; linear"
)
LEAST = {
    "phone": (2.4, 1.5),
    "baseline": (2.4, 1.5),
    "progressive": (2.4, 1.5),
    "small": (2.4, 1.5),
}
"""Of sharp's three calls and of its cascade; every other class 1.0 of the three."""

SAME_LIKENESS, MOST_BYTES = 0.001, 1.03


def line(name: str, measured: Mapping[str, Measured]) -> str:
    """Return a class's line, and what it misses."""
    three, cascade, ours = (measured[engine] for engine in (THREE, CASCADE, OURS))
    size = sum(ours.size_in_bytes) / sum(three.size_in_bytes)
    likeness = " ".join(
        "  ".join(
            "/".join(f"{each.mean_likeness(px, light):.4f}"[1:] for px in SIZES_PX)
            for each in (three, cascade, ours)
        )
        + ("; " if light == "gamma" else "")
        for light in LIGHTS
    )
    times = sum(three.cpu_ms) / len(three.cpu_ms)
    return (
        f"{name:12}{len(three.cpu_ms):3}{times:9.0f}{_ratio(three, cascade):>14}"
        f"{_ratio(three, ours):>14}{speed(cascade, ours):11.2f}{size:7.2f}   {likeness}"
        f"{_misses(name, measured, size)}"
    )


def speed(slow: Measured, fast: Measured) -> float:
    """Return how often faster, as the mean over pictures of the ratios of processor time."""
    ratios = [a / b for a, b in zip(slow.cpu_ms, fast.cpu_ms, strict=True)]
    return sum(ratios) / len(ratios)


def _ratio(slow: Measured, fast: Measured) -> str:
    wall = [a / b for a, b in zip(slow.wall_ms, fast.wall_ms, strict=True)]
    return f"{speed(slow, fast):.2f} ({sum(wall) / len(wall):.2f})"


def _misses(name: str, measured: Mapping[str, Measured], size: float) -> str:
    three, cascade, ours = (measured[engine] for engine in (THREE, CASCADE, OURS))
    least_three, least_cascade = LEAST.get(name, (1.0, 0.0))
    missed = []
    if speed(three, ours) < least_three:
        missed.append(f"{least_three} of three")
    if speed(cascade, ours) < least_cascade:
        missed.append(f"{least_cascade} of cascade")
    if size > MOST_BYTES:
        missed.append("bytes")
    for px in SIZES_PX:
        best = max(each.mean_likeness(px, "gamma") for each in (three, cascade))
        if ours.mean_likeness(px, "gamma") < best - SAME_LIKENESS:
            missed.append(f"SSIM at {px}")
    return f"  MISSES {', '.join(missed)}" if missed else ""
