"""The public corpora beside the checkout: the PNG suite, and photographs in all orientations."""

from pathlib import Path

import pytest

from tests.unit.imaging.conftest import Make, Refuse
from tests.unit.imaging.headers import dimensions

CORPUS = Path(__file__).parents[3].parent / "shared" / "corpus"

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="needs ../shared/corpus")


def test_every_sound_file_of_the_png_suite_is_a_picture(make: Make) -> None:
    files = [path for path in (CORPUS / "pngsuite").glob("*.png") if path.name[0] != "x"]
    assert files
    for path in files:
        data = path.read_bytes()
        picture = make(data)
        assert (picture.width, picture.height) == dimensions(data), path.name


def test_every_broken_file_of_the_png_suite_is_corrupt(refuse: Refuse) -> None:
    files = list((CORPUS / "pngsuite").glob("x*.png"))
    assert files
    assert {path.name: refuse(path.read_bytes()).reason for path in files} == {
        path.name: "corrupt" for path in files
    }


@pytest.mark.parametrize(
    ("name", "size"), [("Landscape", (1800, 1200)), ("Portrait", (1200, 1800))]
)
def test_every_orientation_of_a_photograph_is_upright(
    name: str, size: tuple[int, int], make: Make
) -> None:
    files = list((CORPUS / "orientation").glob(f"{name}_*.jpg"))
    assert files
    for path in files:
        picture = make(path.read_bytes())
        assert (picture.width, picture.height) == size, path.name
