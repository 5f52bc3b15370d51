"""Photographs for the benchmark: fetched from Debian's packages once, and sorted into classes."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyvips
from PIL import ExifTags, Image

PACKAGES = (
    "lomiri-wallpapers-16.04",
    "lomiri-wallpapers-20.04",
    "plasma-workspace-wallpapers",
    "mate-backgrounds",
    "gnome-backgrounds",
)
LARGE_PX = 2500
PHONE = (4000, 3000)
MADE_SIZE = (3000, 2000)


def keep_photographs(scratch: Path, most: int) -> dict[str, list[Path]]:
    """Return up to `most` pictures of each class, the same ones at each run."""
    found = list(_pictures(_unpacked(scratch / "photographs")))
    classes = {name: _chosen(found, test, most) for name, test in CLASSES.items()}
    large = _chosen(found, lambda im: im.format == "JPEG" and min(im.size) >= 2000, most)
    for name, (extension, make) in MADE.items():
        classes[name] = [_made(scratch / "made", name, path, extension, make) for path in large]
    return {name: classes[name] for name in ORDER}


def _unpacked(folder: Path) -> Path:
    done = folder / ".done"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        print("fetching photographs", flush=True)
        subprocess.run([_program("apt-get"), "download", "-qq", *PACKAGES], cwd=folder, check=True)
        for archive in sorted(folder.glob("*.deb")):
            subprocess.run([_program("dpkg"), "-x", archive.name, "."], cwd=folder, check=True)
            archive.unlink()
        done.touch()
    return folder


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise SystemExit(f"{name} is not installed: the photographs come from Debian's packages")
    return found


def _pictures(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".jpg", ".png", ".webp"} and not path.is_symlink():
            yield path


def _chosen(found: list[Path], test: Callable[[Image.Image], bool], most: int) -> list[Path]:
    """Take pictures from everywhere in the list, not the first ones of one package."""
    passing = []
    for path in found:
        with Image.open(path) as image:
            if test(image):
                passing.append(path)
    step = max(1, len(passing) / most)
    return [passing[int(at * step)] for at in range(min(most, len(passing)))]


def _is_jpeg(image: Image.Image, *, progressive: bool) -> bool:
    is_progressive = bool(image.info.get("progressive"))
    return image.format == "JPEG" and image.mode == "RGB" and is_progressive == progressive


def _made(
    folder: Path, name: str, path: Path, extension: str, make: Callable[[Image.Image, Path], None]
) -> Path:
    made = folder / f"{name.replace(' ', '-')}-{path.stem}.{extension}"
    if not made.exists():
        folder.mkdir(exist_ok=True)
        with Image.open(path) as image:
            make(image.convert("RGB"), made)
    return made


def _phone(image: Image.Image, made: Path) -> None:
    """Save as phones do: 12 million pixels, baseline, 4:2:0, turned by EXIF."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "a phone"
    resized = image.resize(PHONE, Image.Resampling.LANCZOS)
    resized.save(made, quality=92, subsampling="4:2:0", exif=exif)


def _cmyk(image: Image.Image, made: Path) -> None:
    """Save with the profile of a press, as what comes from print has one."""
    _vips(image).icc_transform("cmyk", input_profile="srgb").jpegsave(str(made), Q=90)


def _sixteen_bit(image: Image.Image, made: Path) -> None:
    wide = (_vips(image) * 257).cast("ushort")
    wide.copy(interpretation="rgb16").pngsave(str(made), bitdepth=16)


def _vips(image: Image.Image) -> Any:
    return pyvips.Image.new_from_array(image.resize(MADE_SIZE, Image.Resampling.LANCZOS))


CLASSES: dict[str, Callable[[Image.Image], bool]] = {
    "baseline": lambda im: _is_jpeg(im, progressive=False) and max(im.size) >= LARGE_PX,
    "progressive": lambda im: _is_jpeg(im, progressive=True) and max(im.size) >= LARGE_PX,
    "small": lambda im: im.format == "JPEG" and 1000 <= max(im.size) < LARGE_PX,
    "PNG RGB": lambda im: im.format == "PNG" and im.mode == "RGB" and max(im.size) >= LARGE_PX,
    "PNG RGBA": lambda im: im.format == "PNG" and im.mode == "RGBA" and max(im.size) >= 1500,
    "WebP": lambda im: im.format == "WEBP" and max(im.size) >= LARGE_PX,
}
MADE: dict[str, tuple[str, Callable[[Image.Image, Path], None]]] = {
    "phone": ("jpg", _phone),
    "CMYK": ("jpg", _cmyk),
    "16-bit": ("png", _sixteen_bit),
}
ORDER = (
    "phone", "baseline", "progressive", "small", "PNG RGB", "PNG RGBA", "WebP", "CMYK", "16-bit",
)  # fmt: skip
