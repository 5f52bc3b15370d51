"""Part of step 6: embedded color profiles, and what a PNG says in numbers, applied: to sRGB.

After the shrinking, for a twentieth of the pixels cost a twentieth of the time: as sharp does. A
profile that cannot be used is as good as none: the picture is shown as browsers show it.
"""

from functools import lru_cache
from io import BytesIO
from itertools import chain, product
from typing import BinaryIO, cast

from PIL import Image, ImageCms

from worker.imaging.calibration import calibrated_profile
from worker.imaging.coded_color import coded_profile
from worker.imaging.errors import BadPicture

MAX_PROFILE_BYTES = 16 * 1024 * 1024
GRAY_MODES = frozenset({"1", "L", "LA", "I;16", "I"})
SPACES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION
UNCHANGED = bytes(range(256))
PROBE_STEPS = range(0, 256, 51)
UNSEEN = 1
"""Of 255, a difference that nobody sees: profiles of sRGB itself come to that by rounding."""


def profile_of(image: Image.Image, file: BinaryIO) -> bytes | None:
    """Return the profile of an opened picture: embedded, or made of what it says in numbers.

    A PNG's cICP goes before its profile, and that before gAMA and cHRM; in a HEIF the profile
    goes first (PNG, third edition, §4.3; ISO/IEC 23000-22, §7.3.6.4).
    """
    is_gray = image.mode in GRAY_MODES
    if image.format == "PNG" and (told := coded_profile(file, "PNG", is_gray=is_gray)):
        return told
    profile = image.info.get("icc_profile")
    if isinstance(profile, bytes) and profile:
        if len(profile) > MAX_PROFILE_BYTES:
            raise BadPicture("too_large", "Its color profile is over 16 MiB: save it without.")
        return profile
    if image.format == "PNG":
        return calibrated_profile(image.info, is_gray=is_gray)
    if image.format in {"AVIF", "HEIF"}:
        return coded_profile(file, image.format, is_gray=is_gray)
    return None


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert L, LA, RGB, RGBA or CMYK pixels to sRGB; only CMYK changes its mode, to RGB.

    Relative colorimetric with black point compensation, as editors print and browsers show.
    """
    if profile is None:
        return image.convert("RGB") if image.mode == "CMYK" else image
    if image.mode in {"L", "LA"}:
        table = gray_table(profile)
        return (
            image if table is None else image.point([*table, *UNCHANGED][: 256 * len(image.mode)])
        )
    transform = transform_of(profile, "CMYK" if image.mode == "CMYK" else "RGB")
    if transform is None:
        return image.convert("RGB") if image.mode == "CMYK" else image
    if image.mode != "RGBA":
        return _apply(transform, image)
    colors = _apply(transform, image.convert("RGB"))
    return Image.merge("RGBA", (*colors.split(), image.getchannel("A")))


@lru_cache(maxsize=4)
def gray_table(profile: bytes) -> bytes | None:
    """Return what each of 256 grays becomes; None if the profile is of no use.

    lcms rounds to a table of its own, which is too coarse for steep curves, unless told not to.
    """
    transform = _build(profile, "L", FLAGS | ImageCms.Flags.NOOPTIMIZE)
    if transform is None:
        return None
    ramp = Image.frombytes("L", (256, 1), UNCHANGED)
    return _apply(transform, ramp).getchannel("G").tobytes()


@lru_cache(maxsize=4)
def transform_of(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return the way from RGB or CMYK; None if it changes nothing, or the profile is of no use."""
    transform = _build(profile, mode, FLAGS)
    if transform is None or (mode == "RGB" and _changes_nothing(transform)):
        return None
    return transform


def _build(profile: bytes, mode: str, flags: ImageCms.Flags) -> ImageCms.ImageCmsTransform | None:
    try:
        source = ImageCms.getOpenProfile(BytesIO(profile))
        if SPACES.get(source.profile.xcolor_space) != mode:
            return None
        target = ImageCms.createProfile("sRGB")
        return ImageCms.buildTransform(source, target, mode, "RGB", INTENT, flags)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Try it on colors from everywhere: most profiles are of sRGB itself, which costs no more."""
    samples = bytes(chain(*product(PROBE_STEPS, repeat=3)))
    probe = Image.frombytes("RGB", (len(samples) // 3, 1), samples)
    pairs = zip(samples, _apply(transform, probe).tobytes(), strict=True)
    return all(abs(before - after) <= UNSEEN for before, after in pairs)


def _apply(transform: ImageCms.ImageCmsTransform, image: Image.Image) -> Image.Image:
    return cast("Image.Image", ImageCms.applyTransform(image, transform))
