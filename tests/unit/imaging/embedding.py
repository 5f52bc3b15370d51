"""Pictures with metadata in them, by code of our own."""

import struct
from typing import Any

from PIL import Image

from tests.unit.imaging.drawing import encoded, noise

SPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
}


SEGMENT_BYTES = 65_000
"""Of a resource in one segment of a JPEG."""


def packet(properties: str, before: str = "") -> bytes:
    """Make an XMP packet of these properties."""
    spaces = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in SPACES.items())
    body = f'<rdf:Description rdf:about="">{properties}</rdf:Description>'
    return f"{before}<x:xmpmeta {spaces}><rdf:RDF>{body}</rdf:RDF></x:xmpmeta>".encode()


def alternatives(name: str, **texts: str) -> str:
    """Make a property in languages; `x_default` is the default one."""
    items = "".join(
        f'<rdf:li xml:lang="{language.replace("_", "-")}">{text}</rdf:li>'
        for language, text in texts.items()
    )
    return f"<{name}><rdf:Alt>{items}</rdf:Alt></{name}>"


def dataset(number: int, value: bytes, record: int = 2) -> bytes:
    """Make one of IIM's."""
    return struct.pack(">BBBH", 0x1C, record, number, len(value)) + value


def with_iim(jpeg: bytes, data: bytes) -> bytes:
    """Put an IIM block into a JPEG, as Photoshop does: over several segments where it is long."""
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(data)) + data + b"\0" * (len(data) & 1)
    parts = (resource[at : at + SEGMENT_BYTES] for at in range(0, len(resource), SEGMENT_BYTES))
    bodies = [b"Photoshop 3.0\0" + part for part in parts]
    segments = [b"\xff\xed" + struct.pack(">H", len(body) + 2) + body for body in bodies]
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def photograph(size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    """Make a JPEG; options are Pillow's, as `xmp` and `exif`."""
    return encoded(noise(*size), "JPEG", **options)


def described(text: bytes) -> Image.Exif:
    """Make EXIF data with a description."""
    exif = Image.Exif()
    exif[0x010E] = text
    return exif
