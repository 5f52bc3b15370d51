"""The sample pictures as files, in the formats that a library meets."""

from collections.abc import Callable
from pathlib import Path

from PIL import ExifTags, Image

from worker.imaging.samples.coast import lighthouse
from worker.imaging.samples.graphics import color_study, orbits, poster
from worker.imaging.samples.landscapes import aurora, harbour
from worker.imaging.samples.products import bottle, vase

FRAME_MS = 60


def make_samples(directory: Path) -> list[Path]:
    """Draw the pictures into a folder, which is made if missing; the same bytes each time."""
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, save in ALBUM.items():
        path = directory / name
        save(path)
        paths.append(path)
    return paths


def _save_sideways(path: Path) -> None:
    """As a phone that was held upright does: lying pixels, and a note to turn them."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    lying = lighthouse().transpose(Image.Transpose.ROTATE_90)
    lying.save(path, "JPEG", quality=90, exif=exif)


def _save_animation(path: Path) -> None:
    first, *others = orbits()
    first.save(path, "GIF", save_all=True, append_images=others, duration=FRAME_MS, loop=0)


ALBUM: dict[str, Callable[[Path], None]] = {
    "harbour-at-dusk.jpg": lambda path: harbour().save(path, "JPEG", quality=90),
    "terracotta-vase.jpg": lambda path: vase().save(path, "JPEG", quality=90),
    "aurora-over-pines.webp": lambda path: aurora().save(path, "WEBP", quality=86, method=2),
    "lighthouse-portrait.jpg": _save_sideways,
    "amber-bottle-cut-out.png": lambda path: bottle().save(path, "PNG"),
    "geometric-poster.png": lambda path: poster().save(path, "PNG"),
    "colour-study.jpg": lambda path: color_study().save(path, "JPEG", quality=90),
    "orbits.gif": _save_animation,
}
