"""Part of step 6: embedded colour profiles, and what a PNG says in numbers, applied: to sRGB.

After the shrinking, for a twentieth of the pixels cost a twentieth of the time: as sharp does. A
profile that cannot be used is as good as none: the picture is shown as browsers show it.
"""

from functools import lru_cache
from io import BytesIO
from itertools import chain, product
from typing import cast

from PIL import Image, ImageCms

from worker.imaging.calibration import calibrated_profile
from worker.imaging.errors import BadPicture

MAX_PROFILE_BYTES = 16 * 1024 * 1024
SPACES = {"RGB ": {"RGB", "RGBA"}, "GRAY": {"L", "LA"}, "CMYK": {"CMYK"}}
INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION
PROBE_STEPS = range(0, 256, 51)
UNSEEN = 1
"""Of 255, a difference that nobody sees: profiles of sRGB itself come to that by rounding."""


def profile_of(image: Image.Image) -> bytes | None:
    """Return the profile of an opened picture: embedded, or made of a PNG's gAMA and cHRM."""
    profile = image.info.get("icc_profile")
    if isinstance(profile, bytes) and profile:
        if len(profile) > MAX_PROFILE_BYTES:
            raise BadPicture("too_large", "Its colour profile is over 16 MiB: save it without.")
        return profile
    if image.format == "PNG":
        return calibrated_profile(image.info, is_grey=image.mode in {"1", "L", "LA", "I;16", "I"})
    return None


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert L, LA, RGB, RGBA or CMYK pixels to sRGB; only CMYK changes its mode, to RGB.

    Relative colorimetric with black point compensation, as editors print and browsers show.
    """
    transform = transform_of(profile, image.mode) if profile else None
    if transform is None:
        return image.convert("RGB") if image.mode == "CMYK" else image
    if image.mode in {"L", "LA"}:
        grey = _apply(transform, image.getchannel("L")).getchannel("G")
        return _with_alpha_of(image, grey, "LA")
    plain = image.convert("RGB") if image.mode == "RGBA" else image
    return _with_alpha_of(image, _apply(transform, plain), "RGBA")


def _apply(transform: ImageCms.ImageCmsTransform, image: Image.Image) -> Image.Image:
    return cast("Image.Image", ImageCms.applyTransform(image, transform))


def _with_alpha_of(image: Image.Image, colours: Image.Image, mode: str) -> Image.Image:
    if image.mode != mode:
        return colours
    return Image.merge(mode, (*colours.split(), image.getchannel("A")))


@lru_cache(maxsize=16)
def transform_of(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return the way to sRGB; None if there is nothing to do, or the profile is of no use."""
    plain_mode = {"RGBA": "RGB", "LA": "L"}.get(mode, mode)
    try:
        source = ImageCms.getOpenProfile(BytesIO(profile))
        if mode not in SPACES.get(source.profile.xcolor_space, ()):
            return None
        transform = ImageCms.buildTransform(
            source, ImageCms.createProfile("sRGB"), plain_mode, "RGB", INTENT, FLAGS
        )
        return None if _changes_nothing(transform, plain_mode) else transform
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Try it on colours from everywhere: most profiles are of sRGB itself, which costs no more."""
    if mode == "CMYK":
        return False
    samples = bytes(range(256)) if mode == "L" else bytes(chain(*product(PROBE_STEPS, repeat=3)))
    probe = Image.frombytes(mode, (len(samples) // len(mode), 1), samples)
    pairs = zip(probe.convert("RGB").tobytes(), _apply(transform, probe).tobytes(), strict=True)
    return all(abs(before - after) <= UNSEEN for before, after in pairs)
