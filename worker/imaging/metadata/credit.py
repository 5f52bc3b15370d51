"""What thumbnails keep of it all: creator, credit and copyright, as EXIF and as XMP."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

from PIL import ExifTags, Image

from shared.domain.metadata import Metadata, default_text

MAX_CHARACTERS = 300
MAX_CREATORS = 5
PACKET = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/">{}'
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)


@dataclass(frozen=True)
class Credit:
    """Who made a picture and whose it is; empty where that is unknown."""

    creators: tuple[str, ...] = ()
    credit_line: str = ""
    copyright: str = ""

    def __bool__(self) -> bool:
        return bool(self.creators or self.credit_line or self.copyright)

    def exif(self) -> bytes:
        """Artist and Copyright, in UTF-8 as the Metadata Working Group has it."""
        exif = Image.Exif()
        if self.creators:
            exif[ExifTags.Base.Artist] = "; ".join(map(_quoted, self.creators)).encode()
        if self.copyright:
            exif[ExifTags.Base.Copyright] = self.copyright.encode()
        return exif.tobytes() if len(exif) else b""

    def xmp(self) -> bytes:
        """Give dc:creator, photoshop:Credit and dc:rights."""
        names = "".join(f"<rdf:li>{escape(name)}</rdf:li>" for name in self.creators)
        parts = [f"<dc:creator><rdf:Seq>{names}</rdf:Seq></dc:creator>"] if names else []
        if self.credit_line:
            parts.append(f"<photoshop:Credit>{escape(self.credit_line)}</photoshop:Credit>")
        if self.copyright:
            item = f'<rdf:li xml:lang="x-default">{escape(self.copyright)}</rdf:li>'
            parts.append(f"<dc:rights><rdf:Alt>{item}</rdf:Alt></dc:rights>")
        return PACKET.format("".join(parts)).encode() if parts else b""


def credit_of(metadata: Metadata) -> Credit:
    """Take from a picture's metadata what goes with every copy of it."""
    return Credit(
        tuple(name[:MAX_CHARACTERS] for name in metadata.get("creator", [])[:MAX_CREATORS]),
        metadata.get("creditLine", "")[:MAX_CHARACTERS],
        (default_text(metadata, "copyright") or "")[:MAX_CHARACTERS],
    )


def _quoted(name: str) -> str:
    """Quote a name that holds a semicolon, which parts them."""
    return '"{}"'.format(name.replace('"', '""')) if ";" in name else name
