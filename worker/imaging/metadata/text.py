"""Bytes of any age to text: decoded, without what cannot be shown, no longer than allowed."""

import codecs
import re
import unicodedata

MAX_TEXT_CHARACTERS = 10_000
UNSEEN = re.compile(r"[^\n\t\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


CHARSETS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1")


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
    seen = UNSEEN.sub("", lines)
    return unicodedata.normalize("NFC", seen).strip()[:MAX_TEXT_CHARACTERS].rstrip()
