"""A decoder process: `python -m worker.imaging.child`, started and fed by `decoders`.

Its standard input is a socket. A request is one line with a recipe, and open files sent with it:
the source and an output for each of the recipe's suffixes. So it needs no name, no right and no
secret of its own.
"""

import argparse
import errno
import gc
import os
import socket
import traceback
from io import BytesIO

from PIL import ExifTags, Image, ImageCms

from worker.imaging import confine
from worker.imaging.errors import BadPicture
from worker.imaging.heap import keep_until_idle
from worker.imaging.metadata.text import load_charsets
from worker.imaging.model import MARKED, SUFFIXES, Recipe
from worker.imaging.pipeline import run
from worker.imaging.report import (
    DRAWING_CPU_S,
    decode_recipe,
    encode_error,
    encode_report,
    encode_too_large,
    encode_verdict,
)
from worker.imaging.sniff import HEAD_BYTES, file_type_of

READY = b"ready\n"
REQUEST_BYTES = 4096
MOST_FILES = 1 + len(SUFFIXES) + len(MARKED)
WARMED_UP = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "JPEG2000", "ICO")
DRAWING = b"<svg xmlns='http://www.w3.org/2000/svg'><text y='9'>a</text></svg>"
TOO_LARGE_TO_WRITE = "A thumbnail of it is larger than one may be: upload a smaller one."


def main() -> None:
    """Serve requests until the parent hangs up or ends."""
    options = _options()
    os.nice(options.niceness)
    confine.leave_the_terminal()
    warm_up()
    confine.fall_silent()
    confine.drop_root()
    confine.die_with(options.parent)
    confine.bound(options.memory_bytes, options.output_bytes)
    with socket.socket(fileno=0) as parent:
        parent.sendall(READY)
        while serve_one(parent, options.cpu_s):
            pass


def serve_one(parent: socket.socket, cpu_s: int) -> bool:
    """Answer one request; return False when there are no more."""
    keep_until_idle(parent)
    line, descriptors, _, _ = socket.recv_fds(parent, REQUEST_BYTES, MOST_FILES)
    if not line:
        return False
    confine.bound_processor_time(min(cpu_s, DRAWING_CPU_S) if _is_drawing(descriptors) else cpu_s)
    parent.sendall(answer(line, descriptors))
    return True


def _is_drawing(descriptors: list[int]) -> bool:
    return file_type_of(os.pread(descriptors[0], HEAD_BYTES, 0)) == "svg"


def answer(line: bytes, descriptors: list[int]) -> bytes:
    """Run the pipeline over the files that came, and say in a line how it went."""
    source, *outputs = [
        os.fdopen(descriptor, "wb" if index else "rb")
        for index, descriptor in enumerate(descriptors)
    ]
    try:
        return encode_report(run(source, outputs, decode_recipe(line)))
    except BadPicture as bad:
        return encode_verdict(bad)
    except MemoryError:
        return encode_too_large()
    except Exception as error:  # noqa: BLE001 - the parent decides; this process is thrown away
        if isinstance(error, OSError) and error.errno == errno.EFBIG:
            return encode_verdict(BadPicture("too_large", TOO_LARGE_TO_WRITE))
        return encode_error(error, traceback.format_exc(limit=-3))
    finally:
        for file in (source, *outputs):
            file.close()


def warm_up() -> None:
    """Load all that decoding may need, while the code can still be read."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for file_format in WARMED_UP:
        source = BytesIO()
        Image.new("RGB", (64, 64)).save(source, file_format, exif=exif, icc_profile=profile)
        _run_once(source)
    _run_once(BytesIO(DRAWING))
    load_charsets()
    gc.freeze()  # what is there stays: to look through it for garbage takes time of each picture


def _run_once(source: BytesIO) -> None:
    source.seek(0)
    recipe = Recipe((2, 4, 6), watermark="a")
    run(source, [BytesIO() for _ in recipe.suffixes], recipe)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("--parent", "--memory-bytes", "--output-bytes", "--cpu-s", "--niceness"):
        parser.add_argument(name, type=int, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
