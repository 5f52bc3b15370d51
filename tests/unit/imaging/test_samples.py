"""The sample pictures: several formats, good ones, the same each time."""

from pathlib import Path

from deploy.samples import make_samples
from worker.imaging.pipeline import Recipe, make_thumbnails


def test_samples_are_pictures_of_several_formats(tmp_path: Path) -> None:
    paths = make_samples(tmp_path / "samples")
    assert len(paths) == len({path.name for path in paths}) >= 6

    pictures = {path.name: make_thumbnails(path, tmp_path, Recipe()) for path in paths}

    assert {picture.file_type for picture in pictures.values()} == {"jpg", "png", "gif", "webp"}
    portrait = pictures["lighthouse-portrait.jpg"]
    assert portrait.width < portrait.height


def test_samples_are_the_same_each_time(tmp_path: Path) -> None:
    one, other = make_samples(tmp_path / "one"), make_samples(tmp_path / "other")
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]
