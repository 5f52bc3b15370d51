"""Part of step 4: the metadata of an opened picture. None of it can fail a picture."""

import struct
import zlib
from collections.abc import Callable
from typing import BinaryIO, TypeVar
from xml.etree.ElementTree import Element

from PIL import Image, ImageFile

from shared.domain.metadata import Metadata
from worker.imaging.metadata.blocks import Blocks, find_blocks
from worker.imaging.metadata.exif import read_exif
from worker.imaging.metadata.iim import read_iim
from worker.imaging.metadata.merge import Sources, merge
from worker.imaging.metadata.told import Told
from worker.imaging.metadata.xmp import read_xmp, told_by

DAMAGED = (
    *(ValueError, TypeError, LookupError, AttributeError, ArithmeticError),
    *(SyntaxError, OSError, EOFError, struct.error, zlib.error),
)
"""What Pillow's parsers and ours raise over metadata that are no such thing."""

T = TypeVar("T")


def read_metadata(picture: ImageFile.ImageFile, file: BinaryIO) -> Metadata:
    """Read what is embedded; what is damaged is as good as not there."""
    exif = _or_none(lambda: Image.Image.getexif(picture))
    blocks = Blocks(exif or Image.Exif())
    _or_none(lambda: find_blocks(picture, file, blocks))
    return _merged(blocks)


def metadata_of_drawing(root: Element) -> Metadata:
    """Read the XMP that stands within an SVG, which has no other."""
    xmp = _or_none(lambda: told_by(root)) or Told()
    return merge(Sources(Told(), Told(), xmp, is_in_step=None))


def _merged(blocks: Blocks) -> Metadata:
    told = (
        _or_none(lambda: read_exif(blocks.exif)),
        _or_none(lambda: read_iim(blocks.iim)) if blocks.iim else None,
        _or_none(lambda: read_xmp(blocks.xmp)) if blocks.xmp else None,
    )
    exif, iim, xmp = (each or Told() for each in told)
    if blocks.more_xmp and (more := _or_none(lambda: read_xmp(blocks.more_xmp))):
        xmp.complete(more)
    return merge(Sources(exif, iim, xmp, blocks.is_in_step))


def _or_none(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except DAMAGED:
        return None
