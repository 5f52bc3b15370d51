"""Bytes of any age to text: decoded, without what cannot be shown, no longer than allowed."""

import codecs
import re
import unicodedata

from shared.domain.marks import without_piles

MAX_TEXT_CHARACTERS = 10_000
UNSEEN = re.compile(r"[^\n\t\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

ISO_8859 = {
    b"A": "latin-1", b"B": "iso8859-2", b"C": "iso8859-3", b"D": "iso8859-4", b"L": "iso8859-5",
    b"G": "iso8859-6", b"F": "iso8859-7", b"H": "iso8859-8", b"M": "iso8859-9", b"V": "iso8859-10",
    b"T": "iso8859-11", b"Y": "iso8859-13", b"_": "iso8859-14", b"b": "iso8859-15",
    b"f": "iso8859-16",
}  # fmt: skip
"""The parts of ISO 8859, by the last byte of the escape sequence that their registration names."""

CHARSETS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", *ISO_8859.values())


def load_charsets() -> None:
    """Load what decodes each; a confined decoder cannot: Python's own files are closed to it."""
    for charset in CHARSETS:
        codecs.lookup(charset)


def decoded(data: bytes) -> str:
    """Decode what does not tell its charset: UTF-8 if it is that, else what Windows wrote."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        try:
            return data.decode("cp1252")
        except UnicodeDecodeError:
            return data.decode("latin-1")


def cleaned(text: str) -> str:
    """Return text in NFC, with plain line ends, without control characters or blanks around it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    seen = without_piles(UNSEEN.sub("", lines))
    return unicodedata.normalize("NFC", seen).strip()[:MAX_TEXT_CHARACTERS].rstrip()
