"""Step 8: the EXIF orientation (CIPA DC-008, tag 0x0112), applied to pixels."""

from typing import BinaryIO

from PIL import ExifTags, Image

from worker.imaging.scanlines import chunks

TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
TURNS_OF_HEIC = (b"irot", b"imir")
EXIF_HEAD = b"Exif\0\0"
SIDEWAYS = frozenset({5, 6, 7, 8})


def orientation_of(image: Image.Image, file: BinaryIO) -> int:
    """Return 1 to 8; metadata that cannot be read, or says nonsense, means 1: upright."""
    if image.format == "TIFF":  # which Pillow turns as it decodes it
        return 1
    try:
        if image.format == "HEIF":
            value = _left_to_exif(image, file)
        elif image.format == "PNG":
            value = _wherever_it_stands(image, file)
        else:
            value = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # noqa: BLE001 - whatever a parser makes of broken metadata, pixels are fine
        return 1
    return value if isinstance(value, int) and value in TRANSPOSITIONS else 1


def _left_to_exif(image: Image.Image, file: BinaryIO) -> int | None:
    """Return what EXIF says of a HEIC; where its container says so, libheif has turned it."""
    value: int | None = image.info.get("original_orientation")
    if value in TRANSPOSITIONS:
        file.seek(0)
        data = file.read()
        if any(turn in data for turn in TURNS_OF_HEIC):
            return None
    return value


def _wherever_it_stands(image: Image.Image, file: BinaryIO) -> int | None:
    """Return what EXIF says of a PNG; Pillow would decode the pixels to see what comes after."""
    if "exif" not in image.info:
        left_at = file.tell()
        for name, length in chunks(file):
            if name == b"eXIf":
                image.info["exif"] = EXIF_HEAD + file.read(length)
        file.seek(left_at)
    value: int | None = Image.Image.getexif(image).get(ExifTags.Base.Orientation)
    return value


def oriented_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Width and height as seen upright."""
    return (size[1], size[0]) if orientation in SIDEWAYS else size


def orient(image: Image.Image, orientation: int) -> Image.Image:
    """Turn and mirror the pixels upright."""
    if orientation in TRANSPOSITIONS:
        return image.transpose(TRANSPOSITIONS[orientation])
    return image
