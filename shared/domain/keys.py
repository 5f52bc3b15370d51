"""The one place where storage keys are made: written once, stored in the row, never derived again.

Revisions and attempts have folders of their own, so no key is ever reused and none is a path
prefix of another.
"""

import re
from typing import Literal
from uuid import UUID

MAX_FILENAME_BYTES = 180
MAX_EXTENSION_BYTES = 16

Size = Literal["TH", "THM", "THP", "THS", "WMM", "WMP"]
SIZES: tuple[Size, ...] = ("TH", "THM", "THP", "THS", "WMM", "WMP")
"""Suffixes of thumbnail, medium and preview, in the order of their size settings, and square; then
of medium and preview with the tenant's watermark, if it has one."""


def original_key(tenant: str, uid: UUID, revision: int, reference: str) -> str:
    """`{tenant}/{uid}/{revision}/{filename}`."""
    return f"{tenant}/{uid}/{revision}/{filename_for(reference)}"


def incoming_key(tenant: str, token: UUID) -> str:
    """`{tenant}/incoming/{random}`: where presigned uploads go; never served."""
    return f"{tenant}/incoming/{token.hex}"


def thumbnail_key(original: str, attempt: int, size: Size, extension: str) -> str:
    """`{tenant}/{uid}/{revision}.{attempt}/{stem}_{size}.{ext}`, beside the original's folder."""
    folder, _, filename = original.rpartition("/")
    stem, _ = split_extension(filename)
    return f"{folder}.{attempt}/{stem}_{size}.{extension}"


def filename_for(reference: str) -> str:
    """Return the reference where every S3 server can keep it, else a safe name made of it."""
    # U+201B is rclone's own sign of quotation: it does not find every key again that holds one.
    name = re.sub(r"[/\\\u201b]", "-", reference)
    name = re.sub(r"^[.\s]+|\s+$", lambda blanks: "-" * len(blanks[0]), name)
    return _cut(name)


def split_extension(filename: str) -> tuple[str, str]:
    """Split into stem and extension with its dot; the extension may be empty, the stem not."""
    stem, dot, extension = filename.rpartition(".")
    if not stem or not extension or len(extension.encode()) > MAX_EXTENSION_BYTES:
        return filename, ""
    return stem, dot + extension


def _cut(name: str) -> str:
    if len(name.encode()) <= MAX_FILENAME_BYTES:
        return name
    stem, extension = split_extension(name)
    room = MAX_FILENAME_BYTES - len(extension.encode())
    kept = stem.encode()[:room].decode(errors="ignore").rstrip()
    return kept + extension
