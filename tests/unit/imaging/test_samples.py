"""The sample pictures: several formats, good ones, the same each time."""

from pathlib import Path

import pytest

from deploy.samples import make_samples
from worker.imaging.pipeline import Recipe, make_thumbnails


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The samples, which take seconds to make."""
    return make_samples(tmp_path_factory.mktemp("samples"))


def test_samples_are_pictures_of_several_formats(paths: list[Path], tmp_path: Path) -> None:
    assert len(paths) == len({path.name for path in paths}) >= 6

    pictures = {path.name: make_thumbnails(path, tmp_path, Recipe()) for path in paths}

    assert {picture.file_type for picture in pictures.values()} == {"jpg", "png", "gif", "webp"}
    portrait = pictures["lighthouse-portrait.jpg"]
    assert portrait.width < portrait.height


def test_samples_are_the_same_each_time(paths: list[Path], tmp_path: Path) -> None:
    others = make_samples(tmp_path / "others")
    assert [path.read_bytes() for path in paths] == [path.read_bytes() for path in others]
