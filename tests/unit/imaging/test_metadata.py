"""What is embedded, written by exiftool in three ways that disagree, and read back by the rules."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from shared.domain.metadata import Metadata
from tests.unit.imaging.conftest import Make
from tests.unit.imaging.drawing import encoded, noise

EXIFTOOL = shutil.which("exiftool") or ""
pytestmark = pytest.mark.skipif(not EXIFTOOL, reason="needs exiftool")

FORMATS = {
    "JPEG": "jpg",
    "PNG": "png",
    "WEBP": "webp",
    "TIFF": "tif",
    "HEIF": "heic",
    "AVIF": "avif",
    "GIF": "gif",
    "JPEG2000": "jp2",
}
WITHOUT_EXIF = {"GIF"}
WITHOUT_IIM = {"WEBP", "HEIF", "AVIF", "GIF"}

XMP = {
    "XMP-dc:Creator": ["Xenia", "Xaver"],
    "XMP-photoshop:AuthorsPosition": "Staff",
    "XMP-dc:Description": "Caption in XMP",
    "XMP-dc:Description-de": "Beschreibung",
    "XMP-photoshop:Headline": "Headline in XMP",
    "XMP-dc:Title": "Title in XMP",
    "XMP-dc:Title-fr": "Titre",
    "XMP-dc:Subject": ["harbour", "Łódź", "boats"],
    "XMP-photoshop:Credit": "Credit in XMP",
    "XMP-dc:Rights": "Rights in XMP",
    "XMP-photoshop:Source": "Source in XMP",
    "XMP-photoshop:City": "Kraków",
    "XMP-photoshop:State": "Lesser Poland",
    "XMP-photoshop:Country": "Poland",
    "XMP-photoshop:DateCreated": "2024:04:05 08:44:33+02:00",
    "XMP-photoshop:Instructions": "Instructions in XMP",
    "XMP-xmpRights:UsageTerms": "Terms in XMP",
    "XMP-iptcExt:Event": "Event in XMP",
    "XMP-iptcCore:AltTextAccessibility": "Alt in XMP",
    "XMP-exif:GPSLatitude": "10.5",
    "XMP-exif:GPSLongitude": "-20.25",
}
IIM = {
    "IPTC:By-line": ["Ivo"],
    "IPTC:By-lineTitle": "Intern",
    "IPTC:Caption-Abstract": "Caption in IIM",
    "IPTC:Headline": "Headline in IIM",
    "IPTC:ObjectName": "Title in IIM",
    "IPTC:Keywords": ["vessel", "Zażółć"],
    "IPTC:Credit": "Credit in IIM",
    "IPTC:CopyrightNotice": "Rights in IIM",
    "IPTC:Source": "Source in IIM",
    "IPTC:City": "Gdańsk",
    "IPTC:Province-State": "Pomerania",
    "IPTC:Country-PrimaryLocationName": "Polska",
    "IPTC:DateCreated": "2023:03:02",
    "IPTC:TimeCreated": "01:02:03+01:00",
    "IPTC:SpecialInstructions": "Instructions in IIM",
}
EXIF = {
    "EXIF:Artist": "Éva; Emil",
    "EXIF:ImageDescription": "Caption in EXIF",
    "EXIF:Copyright": "Rights in EXIF",
    "EXIF:DateTimeOriginal": "2022:01:02 03:04:05",
    "EXIF:OffsetTimeOriginal": "-05:00",
    "EXIF:GPSLatitude": "50.0614",
    "EXIF:GPSLatitudeRef": "S",
    "EXIF:GPSLongitude": "19.9366",
    "EXIF:GPSLongitudeRef": "E",
    "EXIF:GPSAltitude": "219.5",
    "EXIF:GPSAltitudeRef": "Below Sea Level",
}
FROM_XMP: Metadata = {
    "creator": ["Xenia", "Xaver"],
    "jobTitle": "Staff",
    "caption": {"x-default": "Caption in XMP", "de": "Beschreibung"},
    "headline": "Headline in XMP",
    "title": {"x-default": "Title in XMP", "fr": "Titre"},
    "keywords": ["harbour", "Łódź", "boats"],
    "creditLine": "Credit in XMP",
    "copyright": {"x-default": "Rights in XMP"},
    "source": "Source in XMP",
    "city": "Kraków",
    "state": "Lesser Poland",
    "country": "Poland",
    "dateCreated": "2024-04-05T08:44:33+02:00",
    "instructions": "Instructions in XMP",
    "usageTerms": {"x-default": "Terms in XMP"},
    "event": "Event in XMP",
    "altText": {"x-default": "Alt in XMP"},
    "gps": {"latitude": 10.5, "longitude": -20.25},
}
FROM_IIM: Metadata = {
    "creator": ["Ivo"],
    "jobTitle": "Intern",
    "caption": {"x-default": "Caption in IIM"},
    "headline": "Headline in IIM",
    "title": {"x-default": "Title in IIM"},
    "keywords": ["vessel", "Zażółć"],
    "creditLine": "Credit in IIM",
    "copyright": {"x-default": "Rights in IIM"},
    "source": "Source in IIM",
    "city": "Gdańsk",
    "state": "Pomerania",
    "country": "Polska",
    "dateCreated": "2023-03-02T01:02:03+01:00",
    "instructions": "Instructions in IIM",
}
FROM_EXIF: Metadata = {
    "creator": ["Éva", "Emil"],
    "caption": {"x-default": "Caption in EXIF"},
    "copyright": {"x-default": "Rights in EXIF"},
    "dateCreated": "2022-01-02T03:04:05-05:00",
    "gps": {"latitude": -50.0614, "longitude": 19.9366, "altitude": -219.5},
}
IN_STEP = {"Photoshop:IPTCDigest": "new"}
CHANGED_SINCE = {"Photoshop:IPTCDigest": "0123456789abcdef0123456789abcdef"}


@pytest.fixture
def written(tmp_path: Path) -> Any:
    """Return a writer: a picture of a format, with these tags, as bytes."""

    def write(file_format: str, *sets: dict[str, Any]) -> bytes:
        path = tmp_path / f"written.{FORMATS[file_format]}"
        path.write_bytes(encoded(noise(40, 30), file_format))
        arguments = [] if file_format in WITHOUT_IIM else ["-IPTC:CodedCharacterSet=UTF8"]
        for name, value in (item for tags in sets for item in tags.items()):
            values = value if isinstance(value, list) else [value]
            arguments += [f"-{name}={each}" for each in values]
        command = [EXIFTOOL, "-q", "-overwrite_original", "-charset", "exif=utf8", *arguments, path]
        subprocess.run([str(part) for part in command], check=True, capture_output=True)
        return path.read_bytes()

    return write


def among_others(told: Metadata) -> Metadata:
    """Return what EXIF and IIM said, with XMP's texts in languages."""
    languages = {"caption": {"de": "Beschreibung"}, "title": {"fr": "Titre"}}
    return {  # type: ignore[return-value]
        name: value | languages.get(name, {}) if isinstance(value, dict) else value
        for name, value in told.items()
    }


@pytest.mark.parametrize("file_format", FORMATS)
def test_every_field_of_xmp_is_read(file_format: str, make: Make, written: Any) -> None:
    assert make(written(file_format, XMP)).metadata == FROM_XMP


@pytest.mark.parametrize("file_format", sorted(set(FORMATS) - WITHOUT_EXIF))
def test_exif_goes_before_xmp(file_format: str, make: Make, written: Any) -> None:
    made = make(written(file_format, XMP, EXIF)).metadata
    assert made == FROM_XMP | among_others(FROM_EXIF)


@pytest.mark.parametrize("file_format", sorted(set(FORMATS) - WITHOUT_IIM))
def test_every_field_of_iim_is_read(file_format: str, make: Make, written: Any) -> None:
    assert make(written(file_format, IIM)).metadata == FROM_IIM


@pytest.mark.parametrize("file_format", ["JPEG", "TIFF"])
def test_iim_goes_before_xmp_only_where_it_changed_since(
    file_format: str, make: Make, written: Any
) -> None:
    assert make(written(file_format, XMP, IIM)).metadata == FROM_XMP
    assert make(written(file_format, XMP, IIM, IN_STEP)).metadata == FROM_XMP
    changed = make(written(file_format, XMP, IIM, CHANGED_SINCE)).metadata
    assert changed == FROM_XMP | among_others(FROM_IIM)
    all_three = make(written(file_format, XMP, IIM, EXIF, CHANGED_SINCE)).metadata
    assert all_three == FROM_XMP | among_others(FROM_IIM) | among_others(FROM_EXIF)


@pytest.mark.parametrize("digest", [{}, IN_STEP, CHANGED_SINCE], ids=["none", "same", "other"])
def test_exiftool_merges_alike(
    digest: dict[str, str], make: Make, written: Any, tmp_path: Path
) -> None:
    """What the Metadata Working Group says is what exiftool's own module makes of it."""
    made = make(written("JPEG", XMP, IIM, EXIF, digest)).metadata
    command = [EXIFTOOL, "-use", "MWG", "-json", "-MWG:all", str(tmp_path / "written.jpg")]
    told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)[0]
    assert made["creator"] == told["Creator"]
    assert made["keywords"] == told["Keywords"]
    assert made["caption"]["x-default"] == told["Description"]
    assert made["copyright"]["x-default"] == told["Copyright"]
    assert (made["city"], made["state"], made["country"]) == (
        told["City"],
        told["State"],
        told["Country"],
    )
    assert made["dateCreated"][:10] == told["DateTimeOriginal"][:10].replace(":", "-")


def test_what_iim_cut_short_is_taken_whole(make: Make, written: Any) -> None:
    longer = "ä" * 1500
    data = written(
        "JPEG",
        {"XMP-dc:Description": longer, "XMP-photoshop:City": "X" * 40},
        {"IPTC:Caption-Abstract": "ä" * 1000, "IPTC:City": "X" * 32, "IPTC:Source": "IIM"},
        CHANGED_SINCE,
    )
    made = make(data).metadata
    assert made["caption"] == {"x-default": longer}
    assert (made["city"], made["source"]) == ("X" * 40, "IIM")


def test_thumbnails_keep_who_made_the_picture_and_nothing_else(make: Make, written: Any) -> None:
    """As exiftool reads it; JFIF's density and dimensions are no metadata of the picture."""
    for file_format in ("JPEG", "PNG", "WEBP"):
        picture = make(written(file_format, XMP, EXIF))
        for made in picture.renditions:
            command = [
                EXIFTOOL,
                "-json",
                "-G0",
                "-EXIF:all",
                "-XMP:all",
                "-IPTC:all",
                str(made.path),
            ]
            run = subprocess.run(command, check=True, capture_output=True)
            told = json.loads(run.stdout)[0]
            told = {
                name: told[name]
                for name in told
                if name not in {"SourceFile", "EXIF:ExifByteOrder"}
            }
            assert told == {
                "EXIF:Artist": "Éva; Emil",
                "EXIF:Copyright": "Rights in EXIF",
                "XMP:Creator": ["Éva", "Emil"],
                "XMP:Credit": "Credit in XMP",
                "XMP:Rights": "Rights in EXIF",
            }
