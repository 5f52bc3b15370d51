"""How a decoder's memory lies, and what of it is kept between pictures: the only place for both.

To get a large picture's pages from the system and to give them back takes up to a third of its
time. So what is free stays for the next picture while they follow each other, and is given back
when none has come for a while.
"""

import ctypes
import select
import socket
from contextlib import suppress

KEPT_S = 2.0
"""How long an idle decoder keeps what is free."""

MALLOC = {
    "mmap_threshold": 128 << 20,  # what is larger comes from the system, and goes back at once
    "trim_threshold": 256 << 20,  # of free bytes, where they end the heap
    "hugetlb": 1,  # large pages where the system has them for those that ask
}
TUNED = {
    "GLIBC_TUNABLES": ":".join(f"glibc.malloc.{name}={value}" for name, value in MALLOC.items()),
    "PILLOW_ALIGNMENT": "64",
}
"""For the environment of a decoder. Rows of pixels begin at a line of the processor's cache: the
same thumbnails, sooner, most of all where they are turned."""


def keep_until_idle(channel: socket.socket) -> None:
    """Wait for something to read; if that takes long, give back what is free meanwhile."""
    if not _has_something(channel):
        give_back()


def give_back() -> None:
    """Return to the system what is free; only glibc has to be asked, and can be."""
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _has_something(channel: socket.socket) -> bool:
    readable, _, _ = select.select([channel], [], [], KEPT_S)
    return bool(readable)
