"""File types by content."""

import pytest

from worker.imaging.sniff import PICTURES, file_type_of


@pytest.mark.parametrize(
    ("head", "file_type"),
    [
        (b"\xff\xd8\xff\xe0", "jpg"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"GIF87a", "gif"),
        (b"GIF89a", "gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "webp"),
        (b"RIFF\0\0\0\0WAVE", "wav"),
        (b"XXXX\0\0\0\0WEBPVP8 ", None),
        (b"MM\0*", "tiff"),
        (b"%PDF-1.7", "pdf"),
        (b"\0\0\0\x20ftypavif", "avif"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "avif"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1heicmiaf", "heic"),
        (b"\0\0\0\x18ftypmsf1\0\0\0\0msf1hevc", "heic"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp41", "mp4"),
        (b"\xef\xbb\xbf  <svg xmlns=''>", "svg"),
        (b"<?xml version='1.0'?><!-- <b> --><!DOCTYPE svg [<!ENTITY a 'b'>]>\n<svg>", "svg"),
        (b"<!DOCTYPE svg PUBLIC 'x' 'y'><s:svg xmlns:s=''>", "svg"),
        (b"<!-- a page --><html><svg></svg></html>", None),
        (b"<!---->" * 500, None),
        (b"<?xml version='1.0'?><rss/>", None),
        (b"GIF", None),
        (b"", None),
    ],
)
def test_names_what_begins_with_these_bytes(head: bytes, file_type: str | None) -> None:
    assert file_type_of(head) == file_type


def test_eleven_types_are_pictures() -> None:
    expected = {"jpg", "png", "gif", "webp", "tiff", "bmp", "avif", "heic", "jp2", "ico", "svg"}
    assert expected == PICTURES
