"""The one font family that text in an SVG is drawn with, the same on every machine: Noto Sans."""

import os
from functools import cache

import pymupdf_fonts

FAMILY = "Noto Sans"
FACES = ("notos", "notosbo")


@cache
def font_files() -> list[str]:
    """Return paths of its faces, which exist in this process only, or nothing but on Linux."""
    if not hasattr(os, "memfd_create"):
        return []
    return [_in_memory(face) for face in FACES]


def _in_memory(face: str) -> str:
    descriptor = os.memfd_create(face)
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(pymupdf_fonts.myfont(face))
    return f"/proc/self/fd/{descriptor}"
