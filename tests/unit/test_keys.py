"""Storage keys: safe for every S3 server, never the same twice, none inside another."""

import itertools
from urllib.parse import unquote
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from api.urls import decode_segment, url_of
from shared.domain.keys import (
    MAX_FILENAME_BYTES,
    SIZES,
    filename_for,
    original_key,
    split_extension,
    thumbnail_key,
)
from tests.hard import HARD_REFERENCES

BASE = "https://cdn.example.com/"
UID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")

references = st.text(
    st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=255
) | st.sampled_from(sorted(HARD_REFERENCES.values()))


@given(references)
def test_a_filename_fits_every_server(reference: str) -> None:
    name = filename_for(reference)
    assert 1 <= len(name.encode()) <= MAX_FILENAME_BYTES
    assert not {"/", "\\"} & set(name)
    assert not name.startswith(".")
    assert name == name.strip()


@given(references)
def test_a_reference_that_is_safe_is_the_filename(reference: str) -> None:
    is_safe = (
        len(reference.encode()) <= MAX_FILENAME_BYTES
        and not {"/", "\\"} & set(reference)
        and not reference.startswith(".")
        and reference == reference.strip()
    )
    assert (filename_for(reference) == reference) == is_safe


@given(references, st.integers(1, 99), st.integers(1, 99))
def test_no_key_of_an_image_is_a_path_prefix_of_another(
    reference: str, revisions: int, attempts: int
) -> None:
    originals = [original_key("demo", UID, number, reference) for number in (1, revisions + 1)]
    thumbnails = [
        thumbnail_key(original, attempt, size, "jpg")
        for original in originals
        for attempt in (1, attempts + 1)
        for size in SIZES
    ]
    keys = [*originals, *thumbnails]
    assert len(set(keys)) == len(keys)
    for one, other in itertools.permutations(keys, 2):
        assert not other.startswith(one + "/")


@given(references)
def test_a_thumbnail_lies_in_its_attempts_folder_and_names_its_size(reference: str) -> None:
    original = original_key("demo", UID, 3, reference)
    for size in SIZES:
        folder, _, filename = thumbnail_key(original, 7, size, "png").rpartition("/")
        assert folder == f"demo/{UID}/3.7"
        assert filename.endswith(f"_{size}.png")
        assert len(filename.encode()) <= MAX_FILENAME_BYTES + len("_THM.webp")


@given(references)
def test_a_url_names_its_key_and_nothing_else(reference: str) -> None:
    key = original_key("demo", UID, 1, reference)
    url = url_of(key, BASE)
    assert url is not None
    assert url.isascii()
    assert unquote(url.removeprefix(BASE), errors="strict") == key
    segments = [decode_segment(part) for part in url.removeprefix(BASE).split("/")]
    assert "/".join(segments) == key


@given(references)
def test_a_url_survives_a_client_that_parses_it(reference: str) -> None:
    url = URL(url_of(original_key("demo", UID, 1, reference), BASE) or "")
    assert url.path == f"/{original_key('demo', UID, 1, reference)}"
    assert not url.query_string
    assert not url.fragment


@given(references)
def test_stem_and_extension_are_the_filename(reference: str) -> None:
    filename = filename_for(reference)
    stem, extension = split_extension(filename)
    assert stem + extension == filename
    assert stem
    assert extension == "" or extension.startswith(".")


def test_a_long_name_keeps_its_extension() -> None:
    assert filename_for("漢" * 250 + ".jpeg").endswith(".jpeg")


def test_what_the_embedded_storage_does_not_find_again_is_no_part_of_a_key() -> None:
    assert "\u201b" not in filename_for("\u201b\uff0e.jpg")
